import { beforeEach, describe, expect, it } from '@jest/globals';
import { SessionEnded, createSession } from './session.js';
import type { SessionOptions } from './session.js';

/** A service that accepts one token at a time, and an issuer that gives the next. */
class Backend {
  valid = 1;
  refreshes = 0;
  requests: string[] = [];
  now = 0;
  failure: Error | undefined;

  readonly fetch = (_: string | URL, init: RequestInit): Promise<Response> => {
    const sent = new Headers(init.headers).get('authorization') ?? '';
    this.requests.push(sent);
    const status = sent === `Bearer token-${this.valid}` ? 200 : 401;
    return Promise.resolve(new Response('{}', { status }));
  };
  readonly refresh = async () => {
    this.refreshes++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.failure !== undefined) throw this.failure;
    return { accessToken: `token-${++this.valid}`, expiresIn: 600 };
  };
  session(options: Partial<SessionOptions> = {}) {
    return createSession({
      refresh: this.refresh,
      fetch: this.fetch,
      now: () => this.now,
      tokens: { accessToken: 'token-1', expiresIn: 600 },
      ...options,
    });
  }
}

const URL_ = 'https://billing.example.com/invoices';
let backend: Backend;
beforeEach(() => {
  backend = new Backend();
});

describe('a session', () => {
  it('sends its access token, and keeps the other headers', async () => {
    const seen: RequestInit[] = [];
    const session = backend.session({
      fetch: (url, init) => {
        seen.push(init);
        return backend.fetch(url, init);
      },
    });
    const headers = { 'content-type': 'text/plain', authorization: 'Bearer other' };
    const response = await session.fetch(URL_, { method: 'POST', body: 'x', headers });
    expect(response.status).toBe(200);
    expect(seen).toMatchObject([{ method: 'POST', body: 'x' }]);
    expect(Object.fromEntries(new Headers(seen[0]?.headers))).toEqual({
      'content-type': 'text/plain',
      authorization: 'Bearer token-1',
    });
  });

  it('refreshes shortly before the end, once for however many callers', async () => {
    const session = backend.session();
    backend.now = 584_999;
    expect(await session.token()).toBe('token-1');
    backend.now = 585_000;
    const tokens = await Promise.all(Array.from({ length: 50 }, () => session.token()));
    expect(new Set(tokens)).toEqual(new Set(['token-2']));
    expect(backend.refreshes).toBe(1);
  });

  it('begins with a refresh when it has no token yet', async () => {
    const { tokens: _, ...options } = { tokens: 0, refresh: backend.refresh, fetch: backend.fetch };
    expect(await createSession(options).token()).toBe('token-2');
  });

  it('refreshes once after a 401, for however many requests had one, and repeats each', async () => {
    const session = backend.session();
    backend.valid = 5; // ours was revoked
    const responses = await Promise.all(Array.from({ length: 20 }, () => session.fetch(URL_)));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(backend.refreshes).toBe(1);
    expect(backend.requests).toHaveLength(40);
  });

  it('does not refresh again for a 401 that comes late', async () => {
    const late: (() => void)[] = [];
    const session = backend.session({
      fetch: async (url, init) => {
        const response = await backend.fetch(url, init);
        if (response.status === 401 && late.length === 0) {
          await new Promise<void>((resolve) => late.push(resolve));
        }
        return response;
      },
    });
    backend.valid = 5;
    const slow = session.fetch(URL_);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await session.fetch(URL_)).status).toBe(200);
    late[0]?.();
    expect((await slow).status).toBe(200);
    expect(backend.refreshes).toBe(1);
  });

  it('hands on a second 401, and does not go round in circles', async () => {
    const session = backend.session({
      refresh: () => Promise.resolve({ accessToken: 'bad', expiresIn: 9 }),
    });
    backend.valid = 5;
    expect((await session.fetch(URL_)).status).toBe(401);
    expect(backend.requests).toHaveLength(2);
  });

  it('sends a stream once only', async () => {
    const session = backend.session();
    backend.valid = 5;
    const body = new ReadableStream();
    expect((await session.fetch(URL_, { method: 'POST', body })).status).toBe(401);
    expect(backend.requests).toHaveLength(1);
  });

  it('is over when the refresh says so, without asking again', async () => {
    const session = backend.session();
    backend.valid = 5;
    backend.failure = new SessionEnded();
    await expect(session.fetch(URL_)).rejects.toBeInstanceOf(SessionEnded);
    await expect(session.token()).rejects.toBeInstanceOf(SessionEnded);
    expect(backend.refreshes).toBe(1);
  });

  it('goes on after a refresh that failed for another reason', async () => {
    const session = backend.session();
    backend.now = 600_000;
    backend.failure = new TypeError('fetch failed');
    await expect(session.token()).rejects.toThrow('fetch failed');
    backend.failure = undefined;
    expect(await session.token()).toBe('token-2');
  });

  it('is over after signing out, even when a refresh was under way', async () => {
    const session = backend.session();
    backend.now = 600_000;
    const refreshing = session.token();
    session.end();
    await expect(refreshing).rejects.toBeInstanceOf(SessionEnded);
    await expect(session.token()).rejects.toBeInstanceOf(SessionEnded);
  });
});
