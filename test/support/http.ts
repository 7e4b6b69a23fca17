import type { Conformance } from './conformance.js';

export interface Call {
  /** Bearer token. */
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** False for requests that no documentation covers: unknown routes, methods, malformed HTTP. */
  readonly conform?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, undefined when it is empty, else text. */
  readonly body: unknown;
}

/** Sends one request; the answer must be as the OpenAPI document says. */
export async function send(
  url: string,
  conformance: Conformance | undefined,
  method: string,
  path: string,
  call: Call = {},
): Promise<Answer> {
  const { token, body, rawBody, headers = {}, conform = true } = call;
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const answer = {
    status: response.status,
    headers: response.headers,
    body: parse(await response.text(), response.headers.get('content-type') ?? ''),
  };
  if (conform) conformance?.check({ method, path, body }, answer);
  return answer;
}

function parse(text: string, contentType: string): unknown {
  if (text === '') return undefined;
  return /^application\/(?:[\w.-]+\+)?json\b/.test(contentType) ? JSON.parse(text) : text;
}
