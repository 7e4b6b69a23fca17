/** What is used of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How the issuer is talked to. */
export interface HttpOptions {
  /** Instead of the global `fetch`: a proxy, a private certificate authority. */
  readonly fetch?: Fetch;
  /** Seconds for one whole request; 5 when absent. */
  readonly timeout?: number;
  /**
   * Allows `http:` for other hosts than this one. Whoever is on the way can then replace the keys, so
   * only where the network itself is trusted.
   */
  readonly allowHttp?: boolean;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Text that came with an entity tag, or without. */
export interface TaggedText {
  readonly text: string;
  readonly tag: string | undefined;
}

/** There was no answer, or not all of one: the network, or the time, was over. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** There was an answer, and another one than can be used. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';

  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Far above any document of an issuer, far below what could hurt. */
const BODY_MAX = 262_144;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Fetches JSON: bounded in time and size, never through a redirect, never in the clear by accident. */
export class JsonHttp {
  private readonly fetch: Fetch;
  private readonly timeout: number;
  private readonly allowHttp: boolean;

  constructor({ fetch, timeout = 5, allowHttp = false }: HttpOptions) {
    this.fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.timeout = timeout;
    this.allowHttp = allowHttp;
  }

  /** @throws TypeError when this is no address that may be used. */
  checkUrl(text: string, what: string): string {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const secure =
      url?.protocol === 'https:' ||
      (url?.protocol === 'http:' && (this.allowHttp || LOOPBACK.test(url.hostname)));
    if (!secure) throw new TypeError(`${what} must be an https URL (see allowHttp): ${text}`);
    return text;
  }

  /** @throws Error when the answer is anything else than 200 with JSON. */
  async get(url: string): Promise<JsonAnswer> {
    const answer = await this.send(url, { headers: { accept: 'application/json' } });
    const { status } = answer;
    if (status !== 200) throw new UnusableAnswer(status, `${url} answered ${status}`);
    return answer;
  }

  /**
   * Posts a form. Which status means what is the caller's to judge.
   *
   * @throws Error when there is no answer, or one without JSON.
   */
  post(
    url: string,
    form: URLSearchParams,
    headers: Readonly<Record<string, string>>,
  ): Promise<JsonAnswer> {
    return this.send(url, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: form.toString(),
    });
  }

  /**
   * Fetches text of one media type; undefined when it is still the one of the entity tag `known`.
   *
   * @param bodyMax bytes that it may have.
   * @throws Error when there is no answer, or another one.
   */
  async getText(
    url: string,
    type: string,
    known: string | undefined,
    bodyMax: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TaggedText | undefined> {
    const condition = known === undefined ? {} : { 'if-none-match': known };
    const response = await this.request(url, {
      headers: { accept: type, ...condition, ...headers },
    });
    const text = await readBounded(response, url, bodyMax);
    if (response.status === 304 && known !== undefined) return undefined;
    const contentType = response.headers.get('content-type')?.split(';')[0]?.trim();
    if (response.status !== 200 || contentType !== type) {
      const { status } = response;
      throw new UnusableAnswer(
        status,
        `${url} answered ${status} with ${contentType ?? 'nothing'}`,
      );
    }
    return { text, tag: response.headers.get('etag') ?? undefined };
  }

  private async request(url: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(this.timeout * 1000);
    try {
      // A redirect could lead to another's keys, or carry credentials there: it is an answer, and of no use.
      return await this.fetch(url, { ...init, redirect: 'manual', signal });
    } catch (cause) {
      throw new NoAnswer(`${url} does not answer`, { cause });
    }
  }

  private async send(url: string, init: RequestInit): Promise<JsonAnswer> {
    const response = await this.request(url, init);
    const text = await readBounded(response, url, BODY_MAX);
    try {
      return { status: response.status, headers: response.headers, body: JSON.parse(text) };
    } catch (cause) {
      const { status } = response;
      throw new UnusableAnswer(status, `${url} answered ${status} without JSON`, { cause });
    }
  }
}

async function readBounded(response: Response, url: string, max: number): Promise<string> {
  if (response.body === null) return '';
  // The declared chunks are of any type; a body's are bytes.
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new NoAnswer(`${url} did not answer to the end`, { cause });
    });
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > max) {
      await reader.cancel();
      throw new UnusableAnswer(response.status, `${url} answered more than ${max} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
