import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { dialect } from './support/databases.js';
import { RedisServer } from './support/redis-server.js';

/** So seldom that whatever is learnt sooner was learnt by the bus. */
const SELDOM = { REVOCATION_POLL_INTERVAL: '30s', REVOCATION_MAX_STALENESS: '60s' };
/** Time enough on a machine that is busy, and so little that few polls fall into it. */
const SOON_MS = 2000;
/** What a request may take here that waits for nothing but the database, on a machine that is busy. */
const PROMPT_MS = 1500;

let redis: RedisServer;
beforeAll(async () => {
  const server = await RedisServer.create();
  if (server === undefined) throw new Error('Redis is not installed (Debian: redis-server)');
  redis = server;
});
afterAll(() => redis.close());

const me = async (replica: TestApp, token: string) =>
  (await replica.api('GET', '/v1/auth/me', { token })).status;

async function metric(replica: TestApp, name: string): Promise<number | undefined> {
  const { body } = await replica.api('GET', '/metrics');
  const line = String(body)
    .split('\n')
    .find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

/** @throws Error when it is not so within `ms`. */
async function within(ms: number, isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > ms) throw new Error(`Not so within ${ms} ms`);
    await sleep(5);
  }
}

const isConnected = async (replica: TestApp) =>
  (await metric(replica, 'signet_bus_connected')) === 1;
const refuses = (replica: TestApp, token: string) => async () => (await me(replica, token)) === 401;

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const began = performance.now();
  const result = await work;
  return { result, ms: performance.now() - began };
}

/** Signs out, which must be as quick as ever. */
async function logout(app: TestApp, { token }: TestUser): Promise<void> {
  const { result, ms } = await timed(app.api('POST', '/v1/auth/logout', { token }));
  expect(result.status).toBe(204);
  expect(ms).toBeLessThan(PROMPT_MS);
}

describe('replicas on a bus', () => {
  let app: TestApp;
  let replica: TestApp;
  let admin: TestUser;
  beforeAll(async () => {
    app = await startTestApp({ settings: { ...SELDOM, REDIS_URL: redis.url() } });
    admin = await app.admin();
    replica = await app.startReplica();
    for (const one of [app, replica]) await within(5000, () => isConnected(one));
  });
  afterAll(() => app.close());
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const received = async () =>
    (await metric(replica, 'signet_bus_messages_total{direction="received"}')) ?? NaN;
  const channel = async () => (await redis.tell('PUBSUB CHANNELS signet:*')).match(/signet:\S+/g);

  it('refuse at once what another one revoked, though they poll every 30 s', async () => {
    for (let i = 0; i < 5; i++) {
      const user = await app.createUser();
      expect(await me(replica, user.token)).toBe(200);
      await logout(app, user);
      await within(SOON_MS, refuses(replica, user.token));
    }
    // How many is not said: what is revoked while one is being sent goes with the next.
    for (const direction of ['sent', 'received']) {
      const name = `signet_bus_messages_total{direction="${direction}"}`;
      const counts = async () =>
        ((await metric(direction === 'sent' ? app : replica, name)) ?? 0) > 0;
      await within(SOON_MS, counts);
    }
  });

  it('take up at once a change of the signing keys', async () => {
    const kids = async (one: TestApp) =>
      JSON.stringify((await one.api('GET', '/.well-known/jwks.json')).body);
    const before = await kids(replica);
    const list = await app.api('GET', '/v1/keys', { token: admin.token });
    const { items } = list.body as { items: { kid: string; state: string }[] };
    const next = items.find(({ state }) => state === 'next');
    const answer = await app.api('POST', `/v1/keys/${next?.kid}/compromise`, {
      token: admin.token,
    });
    expect(answer.status).toBe(200);
    await within(SOON_MS, async () => (await kids(replica)) === (await kids(app)));
    expect(await kids(replica)).not.toBe(before);
  });

  it('learn of a rotation, which raises no revision', async () => {
    const poll = jest.spyOn(replica.nest.get(RevocationFeed), 'poll');
    const { revision } = replica.nest.get(RevocationFeed);
    await redis.tell(`PUBLISH ${(await channel())?.[0]} "0 keys"`);
    await within(SOON_MS, () => Promise.resolve(poll.mock.calls.length === 1));
    expect(replica.nest.get(RevocationFeed).revision).toBe(revision);
  });

  it('share one channel, with nobody else', async () => {
    expect(await channel()).toEqual([expect.stringMatching(/^signet:revocations:\d{13}$/)]);
  });

  it('make nothing of what is no announcement, nor of what they know', async () => {
    const poll = jest.spyOn(replica.nest.get(RevocationFeed), 'poll');
    const to = (await channel())?.[0] ?? '';
    const { revision } = replica.nest.get(RevocationFeed);
    const messages = [
      '""',
      '"\\xff\\x00\\xfe"',
      '"{}"',
      '-1',
      'NaN',
      '1e99',
      '"99999 keyz"',
      'x'.repeat(40_000),
    ];
    const all = [...messages, String(revision), '1', '0'].map((text) => `PUBLISH ${to} ${text}`);
    const before = await received();
    await redis.tell(...all, 'PUBLISH signet:revocations:1 999999');
    await within(SOON_MS, async () => (await received()) === before + all.length);
    await sleep(100);
    expect(poll).not.toHaveBeenCalled();
  });

  it('are made to poll no more often than every 20 ms by thousands of lies', async () => {
    const feed = replica.nest.get(RevocationFeed);
    const poll = jest.spyOn(feed, 'poll');
    const to = (await channel())?.[0] ?? '';
    const { revision } = feed;
    const lies = Array.from({ length: 200 }, (_, i) => `PUBLISH ${to} ${999_999_999 + i}`);
    const [before, began] = [await received(), performance.now()];
    for (let i = 0; i < 20; i++) await redis.tell(...lies);
    const user = await app.createUser(); // meanwhile everything works
    expect(await me(replica, user.token)).toBe(200);
    await sleep(100);
    const most = (performance.now() - began) / 20 + 1;
    expect(await received()).toBeGreaterThanOrEqual(before + 4000);
    expect(poll.mock.calls.length).toBeGreaterThan(0);
    expect(poll.mock.calls.length).toBeLessThanOrEqual(most);
    expect(feed.revision).toBe(revision); // nobody believed it
    poll.mockRestore();
    await logout(app, user);
    await within(SOON_MS, refuses(replica, user.token));
  });

  it('do not slow down when it is killed, and find it again by themselves, with what they missed', async () => {
    const [missed, later] = [await app.createUser(), await app.createUser()];
    await redis.kill();
    await within(3000, async () => !(await isConnected(app)) && !(await isConnected(replica)));
    await logout(app, missed);
    expect(await me(app, missed.token)).toBe(401);
    expect((await app.api('GET', '/health/ready')).status).toBe(200);
    expect(await metric(app, 'signet_bus_messages_unsent_total')).toBeGreaterThan(0);
    if (dialect === 'mariadb') expect(await me(replica, missed.token)).toBe(200); // until it polls
    await sleep(1000); // several tries to connect
    await redis.start();
    for (const one of [app, replica]) await within(8000, () => isConnected(one));
    // Whatever was told meanwhile was told to nobody, so it asks the database on coming back.
    await within(SOON_MS, refuses(replica, missed.token));
    await logout(app, later);
    await within(SOON_MS, refuses(replica, later.token));
    for (const word of ['The bus is away', 'The bus is back']) {
      expect(app.logs.filter((line) => line.includes(word))).toHaveLength(1);
    }
  });

  it('do not slow down when it hangs, notice it, and find it again', async () => {
    const users = [await app.createUser(), await app.createUser(), await app.createUser()];
    redis.signal('SIGSTOP');
    try {
      for (const user of users) await logout(app, user);
      await within(10_000, async () => !(await isConnected(app)) && !(await isConnected(replica)));
      expect((await app.api('GET', '/health/ready')).status).toBe(200);
    } finally {
      redis.signal('SIGCONT');
    }
    for (const one of [app, replica]) await within(12_000, () => isConnected(one));
    for (const { token } of users) await within(SOON_MS, refuses(replica, token));
  });
});

describe('without a bus that works', () => {
  const often = { REVOCATION_POLL_INTERVAL: '200ms', REVOCATION_MAX_STALENESS: '2s' };

  /** Boots, revokes on one replica, sees it refused on another within the bound, and ends; all as ever. */
  async function liveWith(url: string): Promise<TestApp> {
    const { result: app, ms: boot } = await timed(
      startTestApp({ settings: { ...often, REDIS_URL: url } }),
    );
    try {
      expect(boot).toBeLessThan(15_000);
      const replica = await app.startReplica();
      const user = await app.createUser();
      await logout(app, user);
      await within(2000, refuses(replica, user.token));
      expect((await app.api('GET', '/health/ready')).status).toBe(200);
      expect(await metric(app, 'signet_bus_connected')).toBe(0);
    } finally {
      expect((await timed(app.close())).ms).toBeLessThan(5000);
    }
    return app;
  }

  it('that is not there, everything is as without one', async () => {
    await liveWith('redis://127.0.0.1:1');
  });

  it('that takes no password of ours, likewise; and nobody reads the password in the log', async () => {
    const app = await liveWith(redis.url().replace(redis.password, 'canary-of-a-password'));
    await within(3000, () => Promise.resolve(app.logs.some((line) => line.includes('WRONGPASS'))));
    expect(app.logs.join('')).not.toContain('canary');
  });

  it('that takes connections and never answers, likewise', async () => {
    redis.signal('SIGSTOP');
    try {
      await liveWith(redis.url());
    } finally {
      redis.signal('SIGCONT');
    }
  });

  it('in the settings, there is nothing of it', async () => {
    const app = await startTestApp();
    try {
      expect(await metric(app, 'signet_bus_connected')).toBeUndefined();
    } finally {
      await app.close();
    }
  });
});
