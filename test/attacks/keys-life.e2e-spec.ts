import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKey, keySetOf, publicJwkOf } from '../../src/keys/key-material.js';
import type { SigningKeyPair } from '../../src/keys/key-material.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { KeyMaintenance } from '../../src/keys/key-maintenance.js';
import { startTestApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { compact, ecdsa } from './forge.js';
import { isSignedBy } from './key-set-lint.js';
import type { Jwk } from './key-set-lint.js';
import { headerOf } from './weak-verifiers.js';

const MINUTE = 60_000;

let app: TestApp;
let replicas: readonly TestApp[];
beforeAll(async () => {
  app = await startTestApp();
  replicas = [app, await app.startReplica()];
});
afterAll(() => app.close());

const me = async (one: TestApp, token: string) =>
  (await one.api('GET', '/v1/auth/me', { token })).status === 200;
const keySetAt = async (one: TestApp) =>
  (await one.api('GET', '/.well-known/jwks.json')).body as { readonly keys: readonly Jwk[] };
const signIn = async (one: TestApp) => {
  const { username, password } = await app.admin();
  return (await one.login(username, password)).access_token;
};
const setOf = (keys: readonly SigningKeyPair[]) =>
  JSON.parse(keySetOf(keys.map((key) => ({ ...key, publicJwk: publicJwkOf(key.publicKey) })))) as {
    keys: readonly Jwk[];
  };
const tokenBy = ({ kid, privateKey }: SigningKeyPair) =>
  compact({ alg: 'ES256', typ: 'at+jwt', kid }, { sub: 'ada' }, ecdsa(privateKey));

/** An issuer that a consumer verifies the tokens of, by a key set that it keeps for a while. */
interface Issuer {
  keySet(): Promise<readonly Jwk[]>;
  token(): Promise<string>;
  /** Lets time pass, and the issuer do what is due. */
  pass(ms: number): Promise<void>;
  /** Whether it has rotated: an issuer may say that it is too early. */
  rotate(): Promise<boolean>;
}

describe('KEY-04 the order of a rotation', () => {
  /** For how long a consumer keeps a set, and how long a token lives. */
  const CACHE_AGE = 5 * MINUTE;
  const LIFETIME = 10 * MINUTE;

  /** Rotates as early as the issuer lets, and tells what a consumer refuses on the way. */
  async function refusedIn(issuer: Issuer): Promise<readonly string[]> {
    let kept = await issuer.keySet();
    let age = 0;
    const refused: string[] = [];
    const show = (when: string, token: string) => {
      if (!isSignedBy(kept, token)) refused.push(when);
    };
    const before = await issuer.token();
    show('before', before);
    while (!(await issuer.rotate())) {
      await issuer.pass(MINUTE);
      age += MINUTE;
      if (age >= CACHE_AGE) [kept, age] = [await issuer.keySet(), 0];
    }
    const last = await issuer.token();
    expect(headerOf(last)['kid']).not.toBe(headerOf(before)['kid']);
    show('the new key, by the set that is kept', last);
    // One that was signed just before the rotation lives for as long as tokens do.
    await issuer.pass(LIFETIME - 1000);
    kept = await issuer.keySet();
    show('the new key, by the set as it is now', last);
    show('the old key, until its last token has expired', before);
    return refused;
  }

  it('locks out nobody who keeps the key set for as long as it says', async () => {
    const signet: Issuer = {
      keySet: async () => (await keySetAt(app)).keys,
      token: () => signIn(app),
      pass: async (ms) => {
        app.clock.advance(ms);
        await app.nest.get(KeyMaintenance).run();
        await app.nest.get(KeyRing).load();
      },
      rotate: async () => {
        const { token } = await app.admin();
        const { status } = await app.api('POST', '/v1/keys/rotate', { token });
        expect([200, 409]).toContain(status);
        return status === 200;
      },
    };
    expect(app.settings.jwksMaxAge).toBe(CACHE_AGE);
    expect(app.settings.accessTokenTtl).toBe(LIFETIME);
    expect(await refusedIn(signet)).toEqual([]);
  });

  /** An issuer that publishes the next key for so long before it signs, and the old one for so long after. */
  async function issuerThat(announces: number, keeps: number): Promise<Issuer> {
    const [first, second] = [await generateKey('ES256'), await generateKey('ES256')];
    let [now, rotatedAt] = [0, Infinity];
    const isPublished = (key: SigningKeyPair) =>
      key === first
        ? now < rotatedAt + keeps || rotatedAt === Infinity
        : announces > 0 || now >= rotatedAt;
    return {
      keySet: () => Promise.resolve(setOf([first, second].filter(isPublished)).keys),
      token: () => Promise.resolve(tokenBy(rotatedAt === Infinity ? first : second)),
      pass: (ms) => Promise.resolve(void (now += ms)),
      rotate: () => {
        if (now >= announces) rotatedAt = now;
        return Promise.resolve(rotatedAt !== Infinity);
      },
    };
  }

  it.each<readonly [string, number, number, readonly string[]]>([
    ['announces and keeps keys for long enough', 5 * MINUTE, LIFETIME, []],
    ['signs with a key that nobody knows', 0, LIFETIME, ['the new key, by the set that is kept']],
    ['drops the old key at once', 5 * MINUTE, 0, ['the old key, until its last token has expired']],
    [
      'drops it after half of a life',
      5 * MINUTE,
      LIFETIME / 2,
      ['the old key, until its last token has expired'],
    ],
  ])('of an issuer that %s is told by what is refused', async (_, announces, keeps, refused) => {
    expect(await refusedIn(await issuerThat(announces, keeps))).toEqual(refused);
  });
});

describe('KEY-05 an emergency', () => {
  type Guard = (token: string) => Promise<boolean>;

  /** How many guards still let the token in when the bound, in ms, is over. */
  async function stragglers(guards: readonly Guard[], token: string, bound: number) {
    const deadline = performance.now() + bound;
    let open = guards;
    for (;;) {
      const isOpen = await Promise.all(open.map((guard) => guard(token)));
      open = open.filter((_, n) => isOpen[n]);
      if (open.length === 0 || performance.now() > deadline) return open.length;
      await sleep(20);
    }
  }

  it('takes a key from every replica within the bound, also for tokens that they have seen', async () => {
    const token = await signIn(app);
    const guards = replicas.map((one) => (shown: string) => me(one, shown));
    expect(await Promise.all(guards.map((guard) => guard(token)))).not.toContain(false);
    const { kid } = headerOf(token);
    const { token: by } = await app.admin();
    const answer = await app.api('POST', `/v1/keys/${String(kid)}/compromise`, { token: by });
    expect(answer.status).toBe(200);
    const { boundMs } = answer.body as { boundMs: number };
    expect(boundMs).toBe(app.settings.revocationMaxStaleness);
    expect(await stragglers(guards, token, boundMs)).toBe(0);
    const after = await signIn(app);
    expect(headerOf(after)['kid']).not.toBe(kid);
    for (const guard of guards) expect(await stragglers([guard], after, 0)).toBe(1);
  });

  it('is missed by whoever keeps keys, or tokens that were good once', async () => {
    const key = await generateKey('ES256');
    const published = new Map([[key.kid, setOf([key]).keys]]);
    const kept = [...published.values()].flat();
    const seen = new Set([tokenBy(key)]);
    const byPublished: Guard = (token) =>
      Promise.resolve(isSignedBy([...published.values()].flat(), token));
    const guards: Guard[] = [
      byPublished,
      (token) => Promise.resolve(isSignedBy(kept, token)),
      async (token) => seen.has(token) || byPublished(token),
    ];
    const [token = ''] = seen;
    published.delete(key.kid);
    expect(await stragglers(guards, token, 60)).toBe(2);
    expect(await stragglers([byPublished], token, 60)).toBe(0);
  });
});

describe('KEY-10 replicas that start at once on an empty database', () => {
  interface Replica {
    start(): Promise<unknown>;
    keySet(): Promise<unknown>;
  }

  /** How many different key sets they come up with. */
  async function setsOf(group: readonly Replica[]): Promise<number> {
    await Promise.all(group.map((replica) => replica.start()));
    const sets = await Promise.all(group.map((replica) => replica.keySet()));
    return new Set(sets.map((set) => JSON.stringify(set))).size;
  }

  it('agree on the keys, and let in with the tokens of each other', async () => {
    await app.database.execute('DELETE FROM signing_keys');
    const signet = [...replicas, ...replicas].map((one): Replica => ({
      start: () => one.nest.get(KeyMaintenance).ensure(),
      keySet: async () => {
        await one.nest.get(KeyRing).load();
        return keySetAt(one);
      },
    }));
    expect(await setsOf(signet)).toBe(1);
    const { keys } = await keySetAt(app);
    expect(keys).toHaveLength(2);
    for (const one of replicas) {
      const token = await signIn(one);
      for (const other of replicas) expect(await me(other, token)).toBe(true);
    }
  });

  it('disagree when each makes keys of its own, or looks first and writes then', async () => {
    const alone = (): Replica => {
      let set: unknown;
      return {
        start: async () => (set = setOf([await generateKey('ES256')])),
        keySet: () => Promise.resolve(set),
      };
    };
    expect(await setsOf([alone(), alone()])).toBe(2);

    let stored: SigningKeyPair | undefined;
    const reading = (): Replica => {
      let mine: SigningKeyPair | undefined;
      return {
        start: async () => {
          mine = stored;
          if (mine === undefined) stored = mine = await generateKey('ES256');
        },
        keySet: () => Promise.resolve(setOf(mine === undefined ? [] : [mine])),
      };
    };
    expect(await setsOf([reading(), reading()])).toBe(2);
    expect(await setsOf([reading(), reading()])).toBe(1); // once there is one
  });
});
