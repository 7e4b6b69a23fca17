import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '../../src/tokens/token-issuer.js';
import { startTestApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import {
  admin,
  app,
  decodingOnly,
  expectAttack,
  expectRefusal,
  forge,
  now,
  statusOf,
  useArena,
} from './arena.js';
import { Forge, claimsOf, compact, ecdsa, hmac } from './forge.js';
import { keyedWith, signedAnd } from './weak-verifiers.js';

useArena();

describe('TOK-12 the ids of tokens', () => {
  /** What is wrong with ids that were made one after the other. */
  function faultsOf(ids: readonly string[]): readonly string[] {
    const bytes = ids.map((id) => Buffer.from(id, 'base64url'));
    const faults: string[] = [];
    if (new Set(ids).size < ids.length) faults.push('one is there twice');
    if (bytes.some(({ length }) => length < 16)) faults.push('less than 128 bits');
    // Each of 128 random bits is set in about half of the ids: of 10,000 in 5,000, give or take 300 (6 sigma).
    const isEven = (bit: number) => {
      const set = bytes.filter((id) => ((id[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
      return Math.abs(set - ids.length / 2) < 3 * Math.sqrt(ids.length);
    };
    if (!Array.from({ length: 128 }, (_, bit) => bit).every(isEven))
      faults.push('bits are not random');
    return faults;
  }

  const COUNT = 10_000;
  const made = (make: (n: number) => string) =>
    faultsOf(Array.from({ length: COUNT }, (_, n) => make(n)));
  const padded = (n: number) =>
    Buffer.from(n.toString(16).padStart(32, '0'), 'hex').toString('base64url');

  it('are random and unique: 10,000 in the same second, and two of one sign-in', async () => {
    const issuer = app().nest.get(TokenIssuer, { strict: false });
    const id = randomUUID();
    const grant = {
      subject: id,
      clientId: id,
      sessionId: id,
      roles: [],
      scope: [],
      tokenVersion: 1,
      asOf: app().clock.now(),
    };
    expect(made(() => issuer.issue(grant).claims.jti)).toEqual([]);
    const { username, password } = admin();
    const both = [await app().login(username, password), await app().login(username, password)];
    const ids = both.map(({ access_token }) => claimsOf(access_token)['jti']);
    expect(new Set(ids).size).toBe(2);
  });

  it.each<readonly [string, (n: number) => string, readonly string[]]>([
    ['a counter', padded, ['bits are not random']],
    ['the time', () => padded(now()), ['one is there twice', 'bits are not random']],
    [
      'the user and the second',
      () => `${admin().id}-${now()}`,
      ['one is there twice', 'bits are not random'],
    ],
    [
      '24 random bits',
      () => randomBytes(3).toString('base64url'),
      ['one is there twice', 'less than 128 bits', 'bits are not random'],
    ],
    [
      '47 random bits that are stretched',
      () => padded(randomInt(2 ** 47)),
      ['bits are not random'],
    ],
  ])('made of %s are found out', (_, make, faults) => {
    expect(made(make)).toEqual(faults);
  });

  it('are compared byte for byte: a revocation does not hit a twin in other letters', async () => {
    const user = await app().createUser();
    const [jti, twin] = ['AbCdEfGhIjKlMnOpQrStUv', 'aBcDeFgHiJkLmNoPqRsTuV'];
    const theirs = new Forge(app(), user.token);
    const body = { kind: 'token', subject: jti };
    const revoke = await app().api('POST', '/v1/revocations', { token: admin().token, body });
    expect(revoke.status).toBe(201);
    await expectRefusal(theirs.signed({ jti }));
    expect(await statusOf(theirs.signed({ jti: twin }))).toBe(200);
    // As a database with a collation that ignores case compares.
    const isRevoked = (id: string) => [jti].some((one) => one.toLowerCase() === id.toLowerCase());
    expect(isRevoked(twin)).toBe(true);
  });
});

/** Whatever makes accounts and tokens of them. */
interface Directory {
  create(): Promise<{ readonly token: string; readonly sub: unknown }>;
  remove(): Promise<void>;
  letsIn(token: string): Promise<boolean>;
}

describe('TOK-13 the subject of somebody who is gone', () => {
  /** What comes back with somebody of the same name. */
  async function returning(directory: Directory): Promise<readonly string[]> {
    const first = await directory.create();
    expect(await directory.letsIn(first.token)).toBe(true);
    await directory.remove();
    const isDead = !(await directory.letsIn(first.token));
    const second = await directory.create();
    const back: string[] = [];
    if (second.sub === first.sub) back.push('the subject');
    if (!isDead || (await directory.letsIn(first.token))) back.push('the token');
    return back;
  }

  it('is never given to somebody else of the same name, nor is it one', async () => {
    const person = newPerson();
    let id = '';
    const signet: Directory = {
      create: async () => {
        const user = await app().createUser(person);
        ({ id } = user);
        return { token: user.token, sub: claimsOf(user.token)['sub'] };
      },
      remove: async () => {
        const { status } = await app().api('DELETE', `/v1/users/${id}`, { token: admin().token });
        expect(status).toBe(204);
      },
      letsIn: async (token) => (await statusOf(token)) === 200,
    };
    expect(await returning(signet)).toEqual([]);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/); // opaque: neither name nor number
  });

  it.each<readonly [string, (count: number) => string]>([
    ['an e-mail address', () => 'grace@example.com'],
    ['a number that is one more than the greatest', (count) => `${count + 1}`],
  ])('that is %s comes back', async (_, subject) => {
    const accounts = new Set<string>();
    const weak: Directory = {
      create: () => {
        const sub = subject(accounts.size);
        accounts.add(sub);
        return Promise.resolve({ sub, token: forge().signed({ sub }) });
      },
      remove: () => {
        accounts.clear();
        return Promise.resolve();
      },
      letsIn: signedAnd(forge().key.publicKey, ({ sub }) => accounts.has(String(sub))),
    };
    expect(await returning(weak)).toEqual(['the subject', 'the token']);
  });
});

describe('TOK-19 another installation', () => {
  interface Installation {
    token(): Promise<string>;
    letsIn(token: string): Promise<boolean>;
  }
  /** Whether the one lets in with tokens of the other; each must let in with its own. */
  async function isOpen(ours: Installation, theirs: Installation): Promise<boolean> {
    const token = await theirs.token();
    expect(await theirs.letsIn(token)).toBe(true);
    expect(await ours.letsIn(await ours.token())).toBe(true);
    return ours.letsIn(token);
  }
  const installed = (one: TestApp): Installation => ({
    token: async () => (await one.admin()).token,
    letsIn: async (token) => (await one.api('GET', '/v1/auth/me', { token })).status === 200,
  });

  it('of the same name and the same code has other keys: its tokens are refused', async () => {
    const other = await startTestApp();
    try {
      const { token } = await other.admin();
      expect(claimsOf(token)['iss']).toBe(forge().claims['iss']);
      expect(await isOpen(installed(app()), installed(other))).toBe(false);
      await expectAttack(token, decodingOnly());
      // Nor does its key become one of ours when it takes our key's id.
      const theirs = new Forge(other, token);
      const renamed = theirs.signedBy(ecdsa(theirs.key.privateKey), { kid: forge().key.kid });
      await expectAttack(renamed, decodingOnly());
    } finally {
      await other.close();
    }
  });

  it('with the secret that stands in the code is the same one', async () => {
    const SECRET = 'change-me-in-production';
    const copy = (): Installation => ({
      token: () =>
        Promise.resolve(compact({ alg: 'HS256', typ: 'JWT' }, forge().claims, hmac(SECRET))),
      letsIn: keyedWith(() => SECRET),
    });
    expect(await isOpen(copy(), copy())).toBe(true);
  });
});
