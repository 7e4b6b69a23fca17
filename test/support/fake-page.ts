import type { TestApp } from './app.js';
import { CookieJar } from './cookie-jar.js';
import type { Answer } from './http.js';

export const ACCESS = '__Host-signet_at';
export const REFRESH = '__Secure-signet_rt';
export const CSRF = '__Host-signet_csrf';

/** What a browser adds to a request of a page of the issuer's origin. */
const OF_OUR_PAGE = { origin: 'http://signet.test', 'sec-fetch-site': 'same-origin' };

interface Request {
  readonly body?: unknown;
  /** On top of what the page sends; undefined takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Whether the answer must be as the OpenAPI document says. */
  readonly conform?: boolean;
}

/** A page of the front end in a browser of its own: sends and keeps cookies, and the CSRF token. */
export class FakePage {
  readonly jar = new CookieJar();

  constructor(private readonly app: TestApp) {}

  /** Signs in. @throws Error unless that succeeds. */
  static async signedIn(
    app: TestApp,
    person: { readonly username: string; readonly password: string },
  ): Promise<FakePage> {
    const page = new FakePage(app);
    const { status, body } = await page.signIn(person.username, person.password);
    if (status !== 200) throw new Error(`Signing in failed: ${JSON.stringify(body)}`);
    return page;
  }

  signIn(identifier: string, password: string): Promise<Answer> {
    return this.call('POST', '/v1/auth/login', {
      body: { identifier, password, transport: 'cookie' },
    });
  }

  refresh(): Promise<Answer> {
    return this.call('POST', '/v1/auth/refresh');
  }

  async call(method: string, path: string, request: Request = {}): Promise<Answer> {
    const { answer } = await this.send(method, path, request);
    this.jar.keep(answer);
    return answer;
  }

  /** The same without keeping the cookies of the answer: it is still on its way. */
  async send(
    method: string,
    path: string,
    { body, headers = {}, conform = true }: Request = {},
  ): Promise<{ readonly answer: Answer }> {
    const wanted = {
      ...OF_OUR_PAGE,
      cookie: this.jar.headerFor(path),
      'x-csrf-token': this.jar.get(CSRF),
      ...headers,
    };
    const given = Object.entries(wanted).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const answer = await this.app.api(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: Object.fromEntries(given),
      conform,
    });
    return { answer };
  }
}
