import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { ASSERTION_TYPE, OAuth, basic } from './support/oauth.js';
import type { TestService } from './support/oauth.js';

const SETTINGS = {
  TRUST_PROXY: '1',
  LOGIN_ATTEMPTS_PER_PAIR: '5',
  LOGIN_ATTEMPTS_PER_SOURCE: '20',
  LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
  LOGIN_WINDOW: '15m',
};

describe('throttling of client authentication', () => {
  let app: TestApp;
  let oauth: OAuth;
  let service: TestService;
  let neighbour: TestService;
  beforeAll(async () => {
    app = await startTestApp({ settings: SETTINGS });
    oauth = new OAuth(app);
    service = await oauth.service();
    neighbour = await oauth.service();
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.clock.advance(16 * 60_000);
  });

  const attempt = async (ip: string, id: string, secret: string, path = 'token') => {
    const form = path === 'token' ? { grant_type: 'client_credentials' } : { token: 'x' };
    const headers = { 'x-forwarded-for': ip, ...basic(id, secret) };
    return oauth.post(path, form, { headers });
  };
  const statusOf = async (...args: Parameters<typeof attempt>) => (await attempt(...args)).status;

  it('stops a credential that fails, from one source, wherever it tries; and tells when to come back', async () => {
    const ip = '192.0.2.1';
    const paths = ['token', 'introspect', 'revoke'];
    for (let i = 0; i < 5; i++)
      expect(await statusOf(ip, service.id, 'an old secret', paths[i % 3])).toBe(401);
    const blocked = await attempt(ip, service.id, 'an old secret', 'introspect');
    expect(blocked.status).toBe(429);
    expect(blocked.body).toMatchObject({ error: 'slow_down', code: 'too_many_attempts' });
    const seconds = Number(blocked.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(900);
    app.clock.advance(seconds * 1000);
    expect(await statusOf(ip, service.id, 'an old secret')).toBe(401);
  });

  it('lets the siblings and neighbours of one that goes on with an old secret alone', async () => {
    const ip = '192.0.2.2';
    for (let i = 0; i < 50; i++) await attempt(ip, service.id, 'an old secret');
    expect(await statusOf(ip, service.id, 'an old secret')).toBe(429);
    expect(await statusOf(ip, service.id, service.secret)).toBe(200);
    expect(await statusOf(ip, neighbour.id, neighbour.secret)).toBe(200);
    expect(await statusOf('198.51.100.1', service.id, 'an old secret')).toBe(401);
  });

  it('sees one source try many secrets, or many clients', async () => {
    for (const [ip, attemptOf] of [
      ['192.0.2.3', (i: number) => [service.id, `guess ${i}`]],
      ['192.0.2.4', (i: number) => [`00000000-0000-4000-8000-0000000000${10 + i}`, 'x']],
    ] as const) {
      const statuses = [];
      for (let i = 0; i < 25; i++) {
        const [id = '', secret = ''] = attemptOf(i);
        statuses.push(await statusOf(ip, id, secret));
      }
      expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
      expect(await statusOf(ip, service.id, service.secret)).toBe(429);
    }
    expect(await statusOf('198.51.100.1', service.id, service.secret)).toBe(200);
  });

  it('is not evaded by one customer’s many IPv6 addresses', async () => {
    const statuses = [];
    for (let i = 0; i < 8; i++)
      statuses.push(await statusOf(`2001:db8:1:2::${i + 1}`, service.id, 'x'));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  it('counts assertions by their key', async () => {
    const stranger = { ...service, key: neighbour.key };
    const ask = async (by: TestService) => {
      const answer = await oauth.post(
        'token',
        {
          grant_type: 'client_credentials',
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: await oauth.assertion(by),
        },
        { headers: { 'x-forwarded-for': '192.0.2.7' } },
      );
      return answer.status;
    };
    for (let i = 0; i < 5; i++) expect(await ask(stranger)).toBe(401);
    expect(await ask(stranger)).toBe(429);
    expect(await ask(neighbour)).toBe(200);
  });

  it('does not count what succeeds, nor who does not try', async () => {
    const ip = '192.0.2.8';
    for (let i = 0; i < 30; i++) {
      expect(await statusOf(ip, service.id, service.secret)).toBe(200);
      const nobody = await oauth.post(
        'introspect',
        { token: 'x' },
        { headers: { 'x-forwarded-for': ip } },
      );
      expect(nobody.status).toBe(401);
    }
    expect(await statusOf(ip, service.id, service.secret)).toBe(200);
  });

  it('stands against a scan of introspection: 401 without a client, 429 for a thousand guesses (S-47)', async () => {
    const ip = '192.0.2.5';
    const audited = async () => {
      const [row] = await app.database.select<{ n: number | string }>(
        "SELECT COUNT(*) AS n FROM audit_events WHERE action = 'client.authentication_failed'",
      );
      return Number(row?.n);
    };
    const naked = await oauth.post(
      'introspect',
      { token: 'x' },
      { headers: { 'x-forwarded-for': ip } },
    );
    expect(naked.status).toBe(401);
    const before = await audited();
    const guess = (_: unknown, i: number) => statusOf(ip, service.id, `guess ${i}`, 'introspect');
    for (let i = 0; i < 20; i++) expect(await guess(undefined, i)).toBe(401);
    for (let left = 980; left > 0; left -= 196) {
      const statuses = await Promise.all(Array.from({ length: 196 }, guess));
      expect(new Set(statuses)).toEqual(new Set([429]));
    }
    // Nor does it fill the audit log.
    expect((await audited()) - before).toBe(20);
    expect(await statusOf('198.51.100.1', service.id, service.secret)).toBe(200);
  });

  it('shares its counts with every replica', async () => {
    const replica = await app.startReplica();
    const there = new OAuth(replica);
    const ip = '192.0.2.6';
    const form = { grant_type: 'client_credentials' };
    const headers = { 'x-forwarded-for': ip, ...basic(service.id, 'x') };
    const statuses = [];
    for (let i = 0; i < 8; i++) {
      const { status } = await (i % 2 ? oauth : there).post('token', form, { headers });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });
});
