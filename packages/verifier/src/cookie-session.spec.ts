import { beforeEach, describe, expect, it } from '@jest/globals';
import { createCookieSession } from './cookie-session.js';
import type { CookieSession } from './cookie-session.js';

const URL_ = '/api/invoices';
/** Whether the cookies that the browser would send are good. */
let good: boolean;
let refreshes: number;
let requests: RequestInit[];
let session: CookieSession;

beforeEach(() => {
  good = true;
  refreshes = 0;
  requests = [];
  session = createCookieSession({
    refresh: async () => {
      refreshes++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      good = true;
    },
    fetch: (_, init) => {
      requests.push(init);
      return Promise.resolve(new Response(null, { status: good ? 200 : 401 }));
    },
  });
});

describe('a session in cookies', () => {
  it('leaves requests as they are', async () => {
    const init = { method: 'POST', body: 'x', headers: { 'x-csrf-token': 'y' } };
    expect((await session.fetch(URL_, init)).status).toBe(200);
    expect(requests).toEqual([init]);
  });

  it('refreshes once after a 401, for however many requests had one, and repeats each', async () => {
    good = false;
    const responses = await Promise.all(Array.from({ length: 20 }, () => session.fetch(URL_)));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(refreshes).toBe(1);
    expect(requests).toHaveLength(40);
  });

  it('does not refresh again for a 401 that comes late', async () => {
    const waiting: (() => void)[] = [];
    const slowly = createCookieSession({
      refresh: () => {
        refreshes++;
        good = true;
        return Promise.resolve();
      },
      fetch: async () => {
        const status = good ? 200 : 401;
        if (!good && waiting.length === 0) await new Promise<void>((go) => waiting.push(go));
        return new Response(null, { status });
      },
    });
    good = false;
    const slow = slowly.fetch(URL_);
    expect((await slowly.fetch(URL_)).status).toBe(200);
    waiting[0]?.();
    expect((await slow).status).toBe(200);
    expect(refreshes).toBe(1);
  });

  it('hands on a second 401, a stream that cannot be repeated, and a failed refresh', async () => {
    good = false;
    const body = new ReadableStream();
    expect((await session.fetch(URL_, { method: 'POST', body })).status).toBe(401);
    expect(refreshes).toBe(0);
    const failing = (refresh: () => Promise<void>) =>
      createCookieSession({
        refresh,
        fetch: () => Promise.resolve(new Response(null, { status: 401 })),
      }).fetch(URL_);
    expect((await failing(() => Promise.resolve())).status).toBe(401);
    await expect(failing(() => Promise.reject(new Error('signed out')))).rejects.toThrow(
      'signed out',
    );
  });
});
