import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';

const REQUESTS = 10_000;
const CLIENTS = 16;

/** A token of the user that is good now, and requests with it to one replica after the other. */
describe('a rotation under load', () => {
  let app: TestApp;
  let replicas: readonly TestApp[];
  let user: TestUser;

  beforeAll(async () => {
    app = await startTestApp({ settings: { LOG_LEVEL: 'warn' } });
    replicas = [app, await app.startReplica()];
    app.clock.advance(6 * 60_000); // the next key has been published for long enough
    user = await app.createUser();
  });
  afterAll(() => app.close());

  it('refuses nobody: 10,000 requests before, during and after it, on two replicas', async () => {
    const statuses = new Map<number, number>();
    const kids = new Set<string>();
    let token = user.token;
    let refreshToken = user.refreshToken;
    let sent = 0;
    let rotated = false;

    const ask = async () => {
      const replica = replicas[sent % replicas.length] ?? app;
      sent++;
      const response = await fetch(`${replica.url}/v1/auth/me`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    };
    let turn: Promise<void> = Promise.resolve();
    /** Tokens of each key, from each replica, while others are asked about; one refresh after the other. */
    const refresh = (replica: TestApp) => (turn = turn.then(() => refreshNow(replica)));
    const refreshNow = async (replica: TestApp) => {
      const response = await fetch(`${replica.url}/v1/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token: refreshToken }),
      });
      expect(response.status).toBe(200);
      const body = (await response.json()) as { access_token: string; refresh_token: string };
      ({ access_token: token, refresh_token: refreshToken } = body);
      kids.add(token.split('.')[0] ?? '');
    };
    const rotate = async () => {
      const { token: admin } = await app.admin();
      const response = await fetch(`${app.url}/v1/keys/rotate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}` },
      });
      expect(response.status).toBe(200);
      rotated = true;
    };
    const client = async () => {
      while (sent < REQUESTS) {
        const at = sent;
        await ask();
        if (at % 500 === 0) await refresh(replicas[(at / 500) % replicas.length] ?? app);
        if (at === REQUESTS / 2) await rotate();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));

    expect(rotated).toBe(true);
    expect(kids.size).toBe(2);
    expect(Object.fromEntries(statuses)).toEqual({ 200: sent });
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  }, 120_000);
});
