import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { OAuth, basic } from './support/oauth.js';
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

  it('stops a client that fails, from one source, wherever it tries; and lets it in later', async () => {
    const ip = '192.0.2.1';
    for (let i = 0; i < 5; i++)
      expect(await statusOf(ip, service.id, `guess ${i}`, i % 2 ? 'token' : 'revoke')).toBe(401);
    const blocked = await attempt(ip, service.id, service.secret);
    expect(blocked.status).toBe(429);
    expect(blocked.body).toMatchObject({ error: 'slow_down', code: 'too_many_attempts' });
    const seconds = Number(blocked.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(900);
    app.clock.advance(seconds * 1000);
    expect(await statusOf(ip, service.id, service.secret)).toBe(200);
  });

  it('does not let one source lock out another, nor a client its neighbours', async () => {
    const ip = '192.0.2.2';
    for (let i = 0; i < 50; i++) await attempt(ip, service.id, 'an old secret');
    expect(await statusOf(ip, service.id, service.secret)).toBe(429);
    expect(await statusOf('198.51.100.1', service.id, service.secret)).toBe(200);
    expect(await statusOf(ip, neighbour.id, neighbour.secret)).toBe(200);
  });

  it('sees one source try many clients', async () => {
    const ip = '192.0.2.3';
    const statuses = [];
    for (let i = 0; i < 25; i++)
      statuses.push(await statusOf(ip, `00000000-0000-4000-8000-0000000000${10 + i}`, 'x'));
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
    expect(await statusOf(ip, service.id, service.secret)).toBe(429);
    expect(await statusOf('198.51.100.1', service.id, service.secret)).toBe(200);
  });

  it('is not evaded by one customer’s many IPv6 addresses, nor by how a client names itself', async () => {
    const statuses = [];
    for (let i = 0; i < 8; i++)
      statuses.push(await statusOf(`2001:db8:1:2::${i + 1}`, service.id, 'x'));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const ip = '2001:db8:1:2::9';
    const inForm = { grant_type: 'client_credentials', client_id: service.id, client_secret: 'x' };
    const { status } = await oauth.post('token', inForm, { headers: { 'x-forwarded-for': ip } });
    expect(status).toBe(429);
  });

  it('does not count what succeeds, nor who does not try', async () => {
    const ip = '192.0.2.4';
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
    for (let i = 0; i < 5; i++) expect(await guess(undefined, i)).toBe(401);
    for (let left = 995; left > 0; left -= 199) {
      const statuses = await Promise.all(Array.from({ length: 199 }, guess));
      expect(new Set(statuses)).toEqual(new Set([429]));
    }
    // Nor does it fill the audit log.
    expect((await audited()) - before).toBe(5);
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
