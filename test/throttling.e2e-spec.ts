import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';

const LIMITS = {
  LOGIN_ATTEMPTS_PER_PAIR: '5',
  LOGIN_ATTEMPTS_PER_ACCOUNT: '12',
  LOGIN_ATTEMPTS_PER_SOURCE: '40',
  LOGIN_WINDOW: '15m',
};
const FORWARDING = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'forwarded'];

describe('throttling of sign-in', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ settings: LIMITS });
    await app.admin();
  });
  afterAll(() => app.close());

  const attempt = (
    identifier: string,
    password = 'a wrong password',
    headers: Record<string, string> = {},
  ) => app.api('POST', '/v1/auth/login', { body: { identifier, password }, headers });

  it('stops guessing at an account from one source, tells when to come back, and lets the owner in then', async () => {
    const user = await app.createUser();
    for (let i = 0; i < 5; i++) expect((await attempt(user.email)).status).toBe(401);
    const refused = await attempt(user.email, user.password);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'too_many_attempts' });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(900);
    // Tokens that were issued before are not touched by it.
    expect((await app.api('GET', '/v1/auth/me', { token: user.token })).status).toBe(200);
    app.clock.advance(retryAfter * 1000);
    expect((await attempt(user.email, user.password)).status).toBe(200);
  });

  it('counts guesses at the current password, too, apart from sign-ins', async () => {
    app.clock.advance(3_600_000);
    const { email, password, token } = await app.createUser();
    const change = (currentPassword: string) =>
      app.api('PUT', '/v1/auth/password', {
        token,
        body: { currentPassword, newPassword: 'six brown hares in the barley' },
      });
    for (let i = 0; i < 5; i++) expect((await change(`guess number ${i}`)).status).toBe(403);
    expect((await change(password)).status).toBe(429);
    expect((await attempt(email, password)).status).toBe(200);
  });

  it('treats an account that does not exist alike', async () => {
    app.clock.advance(3_600_000);
    for (let i = 0; i < 5; i++) expect((await attempt('ghost@example.com')).status).toBe(401);
    expect((await attempt('ghost@example.com')).status).toBe(429);
  });

  it('is not evaded by headers that name another address', async () => {
    app.clock.advance(3_600_000);
    const user = await app.createUser();
    const statuses = [];
    for (let i = 0; i < 8; i++) {
      const headers = Object.fromEntries(FORWARDING.map((name) => [name, `10.0.0.${i}`]));
      statuses.push((await attempt(user.email, 'a wrong password', headers)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  it('lets no more than the limit through when all arrive at once', async () => {
    app.clock.advance(3_600_000);
    const user = await app.createUser();
    const answers = await Promise.all(Array.from({ length: 30 }, () => attempt(user.email)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  it('sees one password tried on many accounts', async () => {
    app.clock.advance(3_600_000);
    const statuses = [];
    for (let i = 0; i < 45; i++) statuses.push((await attempt(`user${i}@example.com`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(40);
    expect(statuses.slice(40)).toEqual(Array(5).fill(429));
  });

  it("cannot lock an owner out: the source of an own session is exempt from the account's budget", async () => {
    const proxied = await startTestApp({
      settings: { ...LIMITS, LOGIN_ATTEMPTS_PER_SOURCE: '1000', TRUST_PROXY: '1' },
    });
    try {
      const user = await proxied.createUser({ from: '192.0.2.1' });
      const from = (ip: string, password: string) =>
        proxied.api('POST', '/v1/auth/login', {
          body: { identifier: user.email, password },
          headers: { 'x-forwarded-for': ip },
        });
      for (let i = 0; i < 12; i++)
        expect((await from(`198.51.100.${i}`, 'a wrong password')).status).toBe(401);
      expect((await from('198.51.100.99', 'a wrong password')).status).toBe(429);
      expect((await from('203.0.113.7', user.password)).status).toBe(429);
      expect((await from('192.0.2.1', user.password)).status).toBe(200);
    } finally {
      await proxied.close();
    }
  });
});
