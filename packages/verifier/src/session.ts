import { SingleFlight } from './single-flight.js';

/** What a refresh gives. */
export interface SessionTokens {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface SessionOptions {
  /**
   * Your call of `POST /v1/auth/refresh`, which also keeps the new refresh token. It throws
   * SessionEnded after a 401, for then the only way on is signing in.
   */
  readonly refresh: () => Promise<SessionTokens>;
  /** From signing in; without them the first use refreshes. */
  readonly tokens?: SessionTokens;
  /** Instead of the global `fetch`. */
  readonly fetch?: (url: string | URL, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch, for tests. */
  readonly now?: () => number;
}

/** There is no session any more: the person must sign in. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';

  constructor() {
    super('The session has ended');
  }
}

/** Seconds before its end at which an access token is replaced, at most half its life. */
const EARLY = 15;

/** Keeps the access token of a browser or native client, and refreshes once for however many callers. */
export function createSession(options: SessionOptions): Session {
  return new Session(options);
}

interface CurrentToken {
  readonly token: string;
  readonly replaceAt: number;
}

/** Made by `createSession`. */
export class Session {
  private readonly refreshing = new SingleFlight(() => this.refresh());
  private readonly now: () => number;
  private current: CurrentToken | undefined;
  private ended: SessionEnded | undefined;

  constructor(private readonly options: SessionOptions) {
    this.now = options.now ?? Date.now;
    if (options.tokens !== undefined) this.keep(options.tokens, this.now());
  }

  /** @throws SessionEnded, or whatever else the refresh throws: then the next call tries again. */
  async token(): Promise<string> {
    if (this.ended !== undefined) throw this.ended;
    const { current } = this;
    return current !== undefined && this.now() < current.replaceAt
      ? current.token
      : this.refreshing.run();
  }

  /**
   * `fetch` with the access token. After a 401 it refreshes and asks once more, unless the body is a
   * stream, which cannot be sent twice.
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const token = await this.token();
    const response = await this.send(url, init, token);
    if (response.status !== 401 || init.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    // Somebody else's 401 may have led to another token meanwhile.
    if (this.current?.token === token) this.current = undefined;
    return this.send(url, init, await this.token());
  }

  /** Forgets everything, after signing out. */
  end(): void {
    this.current = undefined;
    this.ended ??= new SessionEnded();
  }

  private send(url: string | URL, init: RequestInit, token: string): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    const { fetch = (to: string | URL, how: RequestInit) => globalThis.fetch(to, how) } =
      this.options;
    return fetch(url, { ...init, headers });
  }

  private async refresh(): Promise<string> {
    const began = this.now();
    try {
      const tokens = await this.options.refresh();
      if (this.ended !== undefined) throw this.ended; // signed out while it was under way
      return this.keep(tokens, began);
    } catch (error) {
      if (error instanceof SessionEnded) this.end();
      throw error;
    }
  }

  private keep({ accessToken, expiresIn }: SessionTokens, since: number): string {
    const early = Math.min(EARLY, expiresIn / 2);
    this.current = { token: accessToken, replaceAt: since + (expiresIn - early) * 1000 };
    return accessToken;
  }
}
