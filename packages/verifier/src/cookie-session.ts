import { SingleFlight } from './single-flight.js';

export interface CookieSessionOptions {
  /**
   * Your call of `POST /v1/auth/refresh` with the cookies. It throws after a 401: the only way on is
   * signing in.
   */
  readonly refresh: () => Promise<unknown>;
  /** Instead of the global `fetch`. */
  readonly fetch?: (url: string | URL, init: RequestInit) => Promise<Response>;
}

/** For a browser whose tokens are in cookies, out of the reach of scripts. */
export function createCookieSession(options: CookieSessionOptions): CookieSession {
  return new CookieSession(options);
}

/** Made by `createCookieSession`. */
export class CookieSession {
  /** Raised by each refresh: a 401 of a request from before it needs no further one. */
  private generation = 0;
  private readonly refreshing: SingleFlight<void>;

  constructor(private readonly options: CookieSessionOptions) {
    this.refreshing = new SingleFlight(async () => {
      await this.options.refresh();
      this.generation++;
    });
  }

  /**
   * `fetch` that after a 401 refreshes, once for however many callers, and asks once more, unless the
   * body is a stream, which cannot be sent twice.
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { generation } = this;
    const response = await this.send(url, init);
    if (response.status !== 401 || init.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    if (this.generation === generation) await this.refreshing.run();
    return this.send(url, init);
  }

  private send(url: string | URL, init: RequestInit): Promise<Response> {
    return (this.options.fetch ?? globalThis.fetch)(url, init);
  }
}
