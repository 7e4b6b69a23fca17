import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyMaintenance } from '../src/keys/key-maintenance.js';
import { RevocationIndex } from '../src/revocation/revocation-index.js';
import { faultsOfKeySet } from './attacks/key-set-lint.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestAppOptions } from './support/app.js';
import { createDatabase, dialect } from './support/databases.js';
import type { TestDatabase } from './support/databases.js';
import { TestClock } from './support/test-clock.js';

interface Key {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
  readonly signsFrom: string | null;
  readonly [moment: string]: string | null;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Past the cache age of the key set and everything that is added to it. */
const GROWN_UP = 6 * MINUTE;
/** Past the longest life of a token and what is added to it. */
const LAST_TOKEN = 63 * MINUTE;

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string })
    .kid;

const me = async (app: TestApp, token: string) =>
  (await app.api('GET', '/v1/auth/me', { token })).status;

async function keysOf(app: TestApp): Promise<readonly Key[]> {
  const { token } = await app.admin();
  return ((await app.api('GET', '/v1/keys', { token })).body as { items: Key[] }).items;
}

async function inState(app: TestApp, state: string): Promise<readonly string[]> {
  return (await keysOf(app)).filter((key) => key.state === state).map(({ kid }) => kid);
}

async function published(app: TestApp): Promise<readonly Record<string, string>[]> {
  const { body } = await app.api('GET', '/.well-known/jwks.json');
  return (body as { keys: Record<string, string>[] }).keys;
}

async function change(app: TestApp, path: string) {
  const { token } = await app.admin();
  return app.api('POST', `/v1/keys/${path}`, { token });
}

/** Whether it becomes so within the bound that revocations have, and some time for the machine. */
async function soon(condition: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return true;
    await sleep(20);
  }
  return false;
}

async function withApp(
  options: TestAppOptions,
  test: (app: TestApp) => Promise<void>,
): Promise<void> {
  const app = await startTestApp(options);
  try {
    await test(app);
  } finally {
    await app.close();
  }
}

describe('KEY-04 a rotation', () => {
  let app: TestApp;
  let replica: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    replica = await app.startReplica();
  });
  afterAll(() => app.close());

  it('waits until the next key was published for as long as consumers keep the key set', async () => {
    const [first] = await inState(app, 'active');
    const early = await change(app, 'rotate');
    expect(early.status).toBe(409);
    expect(early.body).toMatchObject({ code: 'next_key_too_young' });
    const wait = Number(early.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(295);
    expect(wait).toBeLessThanOrEqual(307);
    app.clock.advance((wait - 30) * 1000);
    expect((await change(app, 'rotate')).status).toBe(409);
    expect(await inState(app, 'active')).toEqual([first]);
  });

  it('lets the next key sign and the one before verify; nobody is refused', async () => {
    app.clock.advance(GROWN_UP);
    const user = await app.createUser();
    const [active = ''] = await inState(app, 'active');
    const [next = ''] = await inState(app, 'next');
    expect((await published(app)).map(({ kid }) => kid)).toEqual([active, next]);

    const rotated = await change(app, 'rotate');
    expect(rotated.status).toBe(200);
    expect(rotated.body).toMatchObject({ kid: next, state: 'active' });
    expect(await inState(app, 'active')).toEqual([next]);
    expect(await inState(app, 'retired')).toEqual([active]);
    expect(await inState(app, 'next')).toHaveLength(1);

    const fresh = await app.login(user.username, user.password);
    expect(kidOf(user.token)).toBe(active);
    expect(kidOf(fresh.access_token)).toBe(next);
    for (const one of [app, replica]) {
      expect(await me(one, user.token)).toBe(200);
      expect(await me(one, fresh.access_token)).toBe(200);
    }
    const kids = (await published(app)).map(({ kid }) => kid);
    expect(kids.slice(0, 1)).toEqual([next]);
    expect(kids).toContain(active);
    // Every replica signs with it and publishes the same set within the bound of revocations.
    const sameSet = async () =>
      JSON.stringify(await published(replica)) === JSON.stringify(await published(app));
    expect(await soon(sameSet)).toBe(true);
    const there = await replica.login(user.username, user.password);
    expect(kidOf(there.access_token)).toBe(next);
    const audit = await app.api('GET', `/v1/audit?action=key.rotated&targetId=${next}`, {
      token: (await app.admin()).token,
    });
    expect((audit.body as { items: unknown[] }).items).toHaveLength(1);
  });

  it('takes a retired key out of the set when its last token has expired, and erases it', async () => {
    const [retired = ''] = await inState(app, 'retired');
    app.clock.advance(LAST_TOKEN - 10 * MINUTE);
    await app.nest.get(KeyMaintenance).run();
    expect(await inState(app, 'retired')).toContain(retired);
    app.clock.advance(11 * MINUTE);
    await app.nest.get(KeyMaintenance).run();
    expect(await inState(app, 'removed')).toContain(retired);
    for (const one of [app, replica]) {
      const isGone = async () => (await published(one)).every(({ kid }) => kid !== retired);
      expect(await soon(isGone)).toBe(true);
    }
    const rows = await app.database.select<{ sealed: string }>(
      'SELECT sealed_private_key AS sealed FROM signing_keys WHERE kid = ?',
      [retired],
    );
    expect(rows).toEqual([{ sealed: '' }]);
  });

  it('is still told to those who keep keys for good, when a removed key turns out to have leaked', async () => {
    const [removed = ''] = await inState(app, 'removed');
    expect((await change(app, `${removed}/compromise`)).body).toMatchObject({
      key: { kid: removed, state: 'compromised' },
    });
    expect(await inState(app, 'active')).toHaveLength(1);
    expect((await change(app, `${removed}/compromise`)).body).toMatchObject({
      code: 'key_is_over',
    });
  });

  it('leaves the keys as they are on a replica whose clock is ahead (F-14)', async () => {
    app.clock.advance(GROWN_UP);
    expect((await change(app, 'rotate')).status).toBe(200);
    const [retired = ''] = await inState(app, 'retired');
    const ahead = new TestClock();
    ahead.advance(app.clock.now() - Date.now() + 24 * 60 * MINUTE);
    const wrong = await app.startReplica(ahead);
    await wrong.nest.get(KeyMaintenance).run();
    expect(await inState(app, 'retired')).toContain(retired);
  });

  it('is made once when it is due, however many replicas look after the keys', async () => {
    app.clock.advance(31 * 24 * 60 * MINUTE);
    const before = (await keysOf(app)).length;
    const [active = ''] = await inState(app, 'active');
    await Promise.all(
      [app, replica, app, replica].map((one) => one.nest.get(KeyMaintenance).run()),
    );
    expect(await inState(app, 'active')).not.toContain(active);
    expect(await inState(app, 'next')).toHaveLength(1);
    expect((await keysOf(app)).length).toBe(before + 1);
  });

  it('asks for the permission, and for a key that there is', async () => {
    const { token } = await app.createUser({ roles: ['editor'] });
    for (const path of ['rotate', 'x/compromise']) {
      expect((await app.api('POST', `/v1/keys/${path}`, { token })).status).toBe(403);
    }
    expect((await change(app, 'no-such-key/compromise')).body).toMatchObject({
      code: 'key_not_found',
    });
  });
});

describe('KEY-05 a compromised key', () => {
  let app: TestApp;
  let replica: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    replica = await app.startReplica();
  });
  afterAll(() => app.close());

  it('takes every token that it signed, everywhere within the bound, also those seen before', async () => {
    const user = await app.createUser();
    const [active = ''] = await inState(app, 'active');
    const [next = ''] = await inState(app, 'next');
    for (const one of [app, replica]) expect(await me(one, user.token)).toBe(200);

    const answer = await change(app, `${active}/compromise`);
    const began = performance.now();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      key: { kid: active, state: 'compromised' },
      boundMs: 2000,
    });
    expect(await me(app, user.token)).toBe(401);
    expect(await soon(async () => (await me(replica, user.token)) === 401)).toBe(true);
    expect(performance.now() - began).toBeLessThan(2000);

    // The next key signs at once, however young; sessions go on.
    const refreshed = await app.api('POST', '/v1/auth/refresh', {
      body: { refresh_token: user.refreshToken },
    });
    const { access_token: token } = refreshed.body as { access_token: string };
    expect(kidOf(token)).toBe(next);
    for (const one of [app, replica]) {
      expect(await soon(async () => (await me(one, token)) === 200)).toBe(true);
      expect((await published(one)).map(({ kid }) => kid)).not.toContain(active);
    }
  });

  it('leaves an audit event and a revocation, and nothing of the key', async () => {
    const login = await app.login(...(await credentialsOf(app)));
    const token = login.access_token;
    const [kid = ''] = (await keysWith(app, token, 'compromised')).map((key) => key.kid);
    const audit = await app.api('GET', `/v1/audit?action=key.compromised&targetId=${kid}`, {
      token,
    });
    expect((audit.body as { items: unknown[] }).items).toHaveLength(1);
    const revocations = await app.api('GET', `/v1/revocations?kind=key&subject=${kid}`, { token });
    const { items } = revocations.body as { items: { expiresAt: string }[] };
    expect(items).toMatchObject([{ kind: 'key', subject: kid, reason: 'key_compromised' }]);
    // Whoever has stolen it signs new tokens, long after the last of ours has expired.
    const years = (Date.parse(items[0]?.expiresAt ?? '') - app.clock.now()) / (365 * DAY);
    expect(years).toBeGreaterThan(9);
    const rows = await app.database.select(
      `SELECT kid FROM signing_keys WHERE kid = ? AND sealed_private_key = ''`,
      [kid],
    );
    expect(rows).toHaveLength(1);
    const again = await app.api('POST', `/v1/keys/${kid}/compromise`, { token });
    expect(again.body).toMatchObject({ code: 'key_is_over' });
  });

  it('is revoked again where a version before forgot it after an hour', async () => {
    const { access_token: token } = await app.login(...(await credentialsOf(app)));
    const [kid = ''] = (await keysWith(app, token, 'compromised')).map((key) => key.kid);
    await app.database.execute(`DELETE FROM revoked_tokens WHERE kind = 'key'`);
    const index = app.nest.get(RevocationIndex, { strict: false });
    for (let part = 0; part < 8; part++) index.sweep(Number.MAX_SAFE_INTEGER);
    expect(index.named().keys).toEqual([]);
    await app.nest.get(KeyMaintenance).run();
    expect(index.named().keys).toContain(kid);
    const rows = await app.database.select(
      `SELECT subject FROM revoked_tokens WHERE kind = 'key' AND subject = ?`,
      [kid],
    );
    expect(rows).toHaveLength(1);
  });

  it('that has not signed yet is replaced, and nobody is refused', async () => {
    const { access_token: token } = await app.login(...(await credentialsOf(app)));
    const [next] = await keysWith(app, token, 'next');
    const [active] = await keysWith(app, token, 'active');
    const answer = await app.api('POST', `/v1/keys/${next?.kid ?? ''}/compromise`, { token });
    expect(answer.status).toBe(200);
    expect(await me(app, token)).toBe(200);
    expect(await keysWith(app, token, 'active')).toEqual([active]);
    const [successor] = await keysWith(app, token, 'next');
    expect(successor?.kid).not.toBe(next?.kid);
  });

  const credentialsOf = async (one: TestApp) => {
    const { username, password } = await one.admin();
    return [username, password] as const;
  };
  const keysWith = async (one: TestApp, token: string, state: string) => {
    const { body } = await one.api('GET', '/v1/keys', { token });
    return (body as { items: Key[] }).items.filter((key) => key.state === state);
  };
});

describe('the list of keys', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('goes page by page, the newest first, also among keys of one moment', async () => {
    for (let i = 0; i < 3; i++) {
      app.clock.advance(GROWN_UP);
      expect((await change(app, 'rotate')).status).toBe(200);
    }
    const [{ at } = { at: 0 }] = await app.database.select<{ at: number }>(
      'SELECT MIN(created_at) AS at FROM signing_keys',
    );
    await app.database.execute(
      `UPDATE signing_keys SET created_at = ? WHERE active_slot IS NULL OR active_slot <> 'next'`,
      [at],
    );
    const { token } = await app.admin();
    const get = (query: string) => app.api('GET', `/v1/keys${query}`, { token });
    const whole = (await get('')).body as { items: Key[]; nextCursor: string | null };
    expect([whole.items.length, whole.nextCursor]).toEqual([5, null]);
    expect(whole.items[0]?.state).toBe('next');
    const seen: Key[] = [];
    let pages = 0;
    for (let cursor = ''; ; pages++) {
      const page = (await get(`?limit=2${cursor}`)).body as typeof whole;
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(pages).toBe(2);
    expect(seen).toEqual(whole.items);
    expect((await get('?cursor=x')).body).toMatchObject({ status: 400, code: 'invalid_cursor' });
    expect((await get('?limit=0')).status).toBe(400);
  });
});

describe('every algorithm', () => {
  it.each([
    ['ES256', ['kty', 'crv', 'x', 'y']],
    ['ES384', ['kty', 'crv', 'x', 'y']],
    ['RS256', ['kty', 'n', 'e']],
    ['PS256', ['kty', 'n', 'e']],
  ])('%s signs tokens that are let in, with keys that consumers can read', async (alg, members) => {
    await withApp({ settings: { SIGNING_ALGORITHM: alg } }, async (app) => {
      const { token } = await app.admin();
      expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual({
        alg,
        typ: 'at+jwt',
        kid: kidOf(token),
      });
      expect(await me(app, token)).toBe(200);
      const set = await published(app);
      expect(set).toHaveLength(2);
      // php-jwt refuses a whole set with one key that does not say what it is for, or of a type it cannot read.
      expect(faultsOfKeySet({ keys: set })).toEqual([]);
      for (const key of set) {
        expect(Object.keys(key).sort()).toEqual([...members, 'kid', 'alg', 'use'].sort());
        expect(key).toMatchObject({ alg, use: 'sig' });
      }
    });
  });

  if (dialect === 'sqlite') {
    it('HS256 signs tokens that only this process verifies, with a key that nobody is shown', async () => {
      await withApp({ settings: { SIGNING_ALGORITHM: 'HS256' } }, async (app) => {
        const { token } = await app.admin();
        expect(await me(app, token)).toBe(200);
        expect(await me(app, `${token.slice(0, -4)}AAAA`)).toBe(401);
        expect(await published(app)).toEqual([]);
      });
    });
  }
});

describe('on a database that goes on', () => {
  let database: TestDatabase;
  let person: { readonly username: string; readonly password: string };

  const KEK = randomBytes(32).toString('base64');
  const NEXT_KEK = randomBytes(32).toString('base64');
  const clock = new TestClock();
  const start = (settings: Record<string, string>) => startTestApp({ database, clock, settings });
  const signIn = async (app: TestApp) =>
    (await app.login(person.username, person.password)).access_token;
  const algorithms = async (app: TestApp) => (await published(app)).map(({ alg }) => alg);

  beforeAll(async () => {
    database = await createDatabase();
    const app = await start({ KEY_ENCRYPTION_KEY: KEK });
    person = await app.setup();
    await app.close();
  });
  afterAll(() => database.drop());

  it('another algorithm is taken up by rotation: the old key signs until the new one is known', async () => {
    const app = await start({ KEY_ENCRYPTION_KEY: KEK, SIGNING_ALGORITHM: 'ES384' });
    try {
      const old = await signIn(app);
      expect(await algorithms(app)).toEqual(['ES256', 'ES384']);
      await app.nest.get(KeyMaintenance).run();
      expect(await algorithms(app)).toEqual(['ES256', 'ES384']);
      clock.advance(GROWN_UP);
      await app.nest.get(KeyMaintenance).run();
      expect(await soon(async () => (await algorithms(app))[0] === 'ES384')).toBe(true);
      expect(await algorithms(app)).toEqual(['ES384', 'ES384', 'ES256']);
      for (const token of [old, await signIn(app)]) expect(await me(app, token)).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('the key-encryption key is exchanged one replica after the other, and everybody stays let in', async () => {
    const steps: Record<string, string>[] = [
      { KEY_ENCRYPTION_KEY: KEK, KEY_ENCRYPTION_KEYS_OTHER: NEXT_KEK }, // 1. both can be read
      { KEY_ENCRYPTION_KEY: NEXT_KEK, KEY_ENCRYPTION_KEYS_OTHER: KEK }, // 2. the new one seals
      { KEY_ENCRYPTION_KEY: NEXT_KEK }, // 3. the old one is gone
    ];
    // SQLite has one process a file: there it is a restart for each step.
    const isOverlapping = dialect === 'mariadb';
    let old = await start({ KEY_ENCRYPTION_KEY: KEK });
    for (const step of steps) {
      const before = await signIn(old);
      if (!isOverlapping) await old.close();
      const replica = await start(step);
      expect(await me(replica, before)).toBe(200);
      if (isOverlapping) {
        // What the new replica seals, the old one reads: it goes on signing with the same keys.
        clock.advance(GROWN_UP);
        await replica.nest.get(KeyMaintenance).run();
        const after = await signIn(replica);
        expect(await soon(async () => (await me(old, after)) === 200)).toBe(true);
        expect(await me(replica, await signIn(old))).toBe(200);
        await old.close();
      }
      old = replica;
    }
    expect(await me(old, await signIn(old))).toBe(200);
    await old.close();
    await expect(start({ KEY_ENCRYPTION_KEY: KEK })).rejects.toThrow('KEY_ENCRYPTION_KEY');
  });
});
