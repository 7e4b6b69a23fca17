import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { rotateUnderLoad } from './support/rotation-load.js';
import type { RotatingIssuer } from './support/rotation-load.js';

const REQUESTS = 10_000;

describe('KEY-04 a rotation under load', () => {
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
    let { refreshToken } = user;
    const at = (replica: number) => replicas[replica] ?? app;
    const signet: RotatingIssuer = {
      issue: async (replica) => {
        const response = await fetch(`${at(replica).url}/v1/auth/refresh`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token: refreshToken }),
        });
        expect(response.status).toBe(200);
        const body = (await response.json()) as { access_token: string; refresh_token: string };
        refreshToken = body.refresh_token;
        return body.access_token;
      },
      ask: async (replica, token) => {
        const headers = { authorization: `Bearer ${token}` };
        const response = await fetch(`${at(replica).url}/v1/auth/me`, { headers });
        await response.arrayBuffer();
        return response.status;
      },
      rotate: async () => {
        const { token } = await app.admin();
        const headers = { authorization: `Bearer ${token}` };
        const response = await fetch(`${app.url}/v1/keys/rotate`, { method: 'POST', headers });
        expect(response.status).toBe(200);
      },
    };
    const { sent, statuses, keys } = await rotateUnderLoad(signet, REQUESTS);
    expect(keys).toBe(2);
    expect(statuses).toEqual({ 200: sent });
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  }, 120_000);

  /** Keys are numbers, and a token says which. */
  function weak(exchange: (known: readonly Set<number>[], old: number) => void): RotatingIssuer {
    const known = [new Set([0]), new Set([0])];
    let active = 0;
    return {
      issue: () => Promise.resolve(`${active}.`),
      ask: async (replica, token) => {
        await nextTurn();
        return known[replica]?.has(parseInt(token)) === true ? 200 : 401;
      },
      rotate: () => {
        active++;
        exchange(known, active - 1);
        return Promise.resolve();
      },
    };
  }

  it.each<readonly [string, Parameters<typeof weak>[0]]>([
    [
      'drops the old key at once',
      (known, old) => {
        for (const keys of known) {
          keys.delete(old);
          keys.add(old + 1);
        }
      },
    ],
    ['tells one replica of two', ([first], old) => void first?.add(old + 1)],
  ])('is seen to refuse when it %s', async (_, exchange) => {
    const { sent, statuses, keys } = await rotateUnderLoad(weak(exchange), 400);
    expect(keys).toBe(2);
    expect(statuses[401]).toBeGreaterThan(0);
    expect((statuses[200] ?? 0) + (statuses[401] ?? 0)).toBe(sent);
  });

  it('is seen to refuse nobody when both replicas know both keys', async () => {
    const { sent, statuses } = await rotateUnderLoad(
      weak((known, old) => known.forEach((keys) => keys.add(old + 1))),
      400,
    );
    expect(statuses).toEqual({ 200: sent });
  });
});
