import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../platform/clock.js';
import type { PublicJwk } from '../public-key.js';
import { readPublicJwk } from '../public-key.js';
import type { ServiceCredential } from '../service-credential.entity.js';
import { readAssertion } from './assertion.js';
import { AssertionVerifier } from './assertion-verifier.js';
import { Refusal } from './refusal.js';
import type { RemoteJwks } from './remote-jwks.js';

/** Seconds since the epoch. */
const NOW = 1_800_000_000;
const CLIENT = 'client';
const ISSUER = 'https://id.example.com';
const ENDPOINT = `${ISSUER}/oauth/token`;

class FakeClock extends Clock {
  override now = () => NOW * 1000;
}

class FakeRemote {
  readonly asked: (string | undefined)[] = [];
  readonly sets = new Map<string, readonly PublicJwk[]>();

  keysAt(address: string, kid: string | undefined): Promise<readonly PublicJwk[]> {
    this.asked.push(kid);
    return Promise.resolve(this.sets.get(address) ?? []);
  }
}

interface Pair {
  readonly privateKey: KeyObject;
  readonly jwk: PublicJwk;
}

function pair(alg: string, kid?: string): Pair {
  const { publicKey, privateKey } = alg.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: alg === 'ES256' ? 'P-256' : 'P-384' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const named = kid === undefined ? {} : { kid };
  return {
    privateKey,
    jwk: readPublicJwk({ ...publicKey.export({ format: 'jwk' }), alg, ...named }),
  };
}

const credential = (id: string, keys: readonly PublicJwk[] | string): ServiceCredential => ({
  id,
  serviceAccountId: CLIENT,
  type: 'public-key',
  secretHash: null,
  jwks: typeof keys === 'string' ? null : { keys },
  jwksUri: typeof keys === 'string' ? keys : null,
  label: '',
  createdBy: null,
  createdAt: 0,
  expiresAt: null,
  lastUsedAt: null,
  statusIndex: null,
});

const CLAIMS = {
  iss: CLIENT,
  sub: CLIENT,
  aud: ISSUER,
  iat: NOW,
  exp: NOW + 60,
  jti: 'jti',
};

function signed(
  { privateKey, jwk }: Pair,
  claims: Readonly<Record<string, unknown>> = {},
  header: object = {},
) {
  const payload = Object.fromEntries(
    Object.entries<unknown>({ ...CLAIMS, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, ...header })
    .sign(privateKey);
}

const ES256 = pair('ES256');
const RS256 = pair('RS256');
const PAIRS = [ES256, pair('ES384'), RS256, pair('PS256')];

describe('AssertionVerifier', () => {
  let remote: FakeRemote;
  let verifier: AssertionVerifier;
  beforeEach(() => {
    remote = new FakeRemote();
    // The verifier asks for the keys at an address, and for nothing else.
    verifier = new AssertionVerifier(remote as unknown as RemoteJwks, new FakeClock(), {
      clockLeeway: 5000,
    });
  });

  const verify = (text: string, credentials = [credential('c', [ES256.jwk, RS256.jwk])]) =>
    verifier.verify(readAssertion(text), credentials, [ISSUER, ENDPOINT]);

  const reasonOf = async (text: string, credentials?: ServiceCredential[]) => {
    try {
      await verify(text, credentials);
      return 'accepted';
    } catch (error) {
      if (error instanceof Refusal) return error.reason;
      throw error;
    }
  };

  it.each(PAIRS.map((p) => [p.jwk.alg, p] as const))('takes %s', async (_, p) => {
    const mine = credential('mine', [p.jwk]);
    expect(
      await verify(await signed(p), [credential('other', [pair(p.jwk.alg).jwk]), mine]),
    ).toEqual({
      credential: mine,
      jti: 'jti',
      goneAt: (NOW + 65) * 1000,
    });
  });

  it('finds the key by its kid, or without one by trying', async () => {
    const [one, two] = [pair('ES256', 'one'), pair('ES256', 'two')];
    const credentials = [credential('a', [one.jwk]), credential('b', [two.jwk])];
    for (const header of [{}, { kid: undefined }]) {
      const verified = await verify(await signed(two, {}, header), credentials);
      expect(verified.credential.id).toBe('b');
    }
    expect(await reasonOf(await signed(two, {}, { kid: 'one' }), credentials)).toBe(
      'wrong_signature',
    );
    expect(await reasonOf(await signed(two, {}, { kid: 'ONE' }), credentials)).toBe(
      'wrong_signature',
    );
  });

  it('asks nobody when it has the key itself', async () => {
    const credentials = [credential('remote', 'https://ci.example.com/jwks')];
    const local = credential('local', [ES256.jwk]);
    expect((await verify(await signed(ES256), [...credentials, local])).credential).toBe(local);
    expect(remote.asked).toEqual([]);
  });

  it('asks for the keys at an address by the kid', async () => {
    remote.sets.set('https://ci.example.com/jwks', [ES256.jwk]);
    const verified = await verify(await signed(ES256), [
      credential('remote', 'https://ci.example.com/jwks'),
    ]);
    expect(verified.credential.id).toBe('remote');
    expect(remote.asked).toEqual([ES256.jwk.kid]);
  });

  it('refuses what another key signed, whoever it says that it is', async () => {
    const foreign = pair('ES256', ES256.jwk.kid);
    expect(await reasonOf(await signed(foreign))).toBe('wrong_signature');
    expect(await reasonOf(await signed(ES256), [])).toBe('wrong_signature');
    const embedded = await signed(
      foreign,
      {},
      { jwk: foreign.jwk, jku: 'https://attacker.test', x5c: [] },
    );
    expect(await reasonOf(embedded)).toBe('wrong_signature');
  });

  it('refuses a signature that was changed, moved or cut', async () => {
    const [header = '', payload = '', signature = ''] = (await signed(ES256)).split('.');
    const [, otherPayload = ''] = (await signed(ES256, { jti: 'other' })).split('.');
    for (const text of [
      `${header}.${otherPayload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      `${header}.${payload}.${signature.slice(0, 43)}${signature.slice(0, 43)}`,
    ]) {
      expect(await reasonOf(text)).toBe('wrong_signature');
    }
  });

  it('does not take a key for another algorithm than its own', async () => {
    const payload = Buffer.from(JSON.stringify(CLAIMS)).toString('base64url');
    const header = (alg: string) =>
      Buffer.from(JSON.stringify({ alg, kid: RS256.jwk.kid })).toString('base64url');
    // The same RSA key, a signature that is good, and the wrong name or padding.
    const rs256 = (alg: string) =>
      `${header(alg)}.${payload}.${createSign('RSA-SHA256')
        .update(`${header(alg)}.${payload}`)
        .sign(RS256.privateKey, 'base64url')}`;
    expect(await reasonOf(rs256('RS256'))).toBe('accepted');
    expect(await reasonOf(rs256('PS256'))).toBe('wrong_signature');
    const pss = await signed({ ...RS256, jwk: { ...RS256.jwk, alg: 'PS256' } });
    expect(await reasonOf(pss)).toBe('wrong_signature');
    // HMAC with the public key as the secret, under the name of the key's algorithm.
    const mac = createHmac('sha256', JSON.stringify(ES256.jwk))
      .update(`${header('ES256')}.${payload}`)
      .digest('base64url');
    expect(await reasonOf(`${header('ES256')}.${payload}.${mac}`)).toBe('wrong_signature');
  });

  it.each([
    ['the issuer', { aud: ISSUER }],
    ['the endpoint', { aud: ENDPOINT }],
    ['a list of both', { aud: [ISSUER, ENDPOINT] }],
    ['no iat', { iat: undefined }],
    ['the longest life', { exp: NOW + 305 }],
    ['an end within the leeway', { exp: NOW - 4 }],
    ['a beginning within the leeway', { nbf: NOW + 5, iat: NOW + 5 }],
    ['an end between two seconds', { exp: NOW + 10.5 }],
    ['other claims', { scope: 'x', client_id: 'other' }],
    ['the longest jti', { jti: 'a'.repeat(256) }],
  ])('takes %s', async (_, claims) => {
    expect(await reasonOf(await signed(ES256, claims))).toBe('accepted');
  });

  it.each([
    ['no aud', { aud: undefined }],
    ['another aud', { aud: 'https://other.example.com' }],
    ['a beginning of the issuer', { aud: 'https://id.example' }],
    ['the issuer and more', { aud: `${ISSUER}/` }],
    ['another endpoint', { aud: `${ISSUER}/oauth/introspect` }],
    ['us and somebody else', { aud: [ISSUER, 'https://other.example.com'] }],
    ['an empty list', { aud: [] }],
    ['an aud that is no text', { aud: { [ISSUER]: true } }],
    ['no exp', { exp: undefined }],
    ['an end that is over', { exp: NOW - 5 }],
    ['an end too far ahead', { exp: NOW + 306 }],
    ['an end in milliseconds', { exp: (NOW + 60) * 1000 }],
    ['an end beyond all numbers', { exp: 1e300 }],
    ['an end in words', { exp: String(NOW + 60) }],
    ['a beginning ahead', { nbf: NOW + 6 }],
    ['a beginning in words', { nbf: 'now' }],
    ['an iat ahead', { iat: NOW + 6 }],
    ['an iat long ago', { iat: NOW - 306 }],
    ['an iat that is null', { iat: null }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 7 }],
    ['a jti that is an object', { jti: { toString: 'x' } }],
    ['a jti that is too long', { jti: 'a'.repeat(257) }],
  ])('refuses %s', async (_, claims) => {
    expect(await reasonOf(await signed(ES256, claims))).toBe('wrong_claims');
  });

  it('says nothing of the claims to whoever has no key', async () => {
    const foreign = pair('ES256', ES256.jwk.kid);
    expect(await reasonOf(await signed(foreign, { aud: 'https://other.example.com' }))).toBe(
      'wrong_signature',
    );
  });

  it.each(PAIRS.map((p) => [p.jwk.alg, p] as const))(
    'does the same work for a client that is not there, and %s',
    async (_, { jwk }) => {
      const verifications = jest.spyOn(globalThis.crypto.subtle, 'verify');
      try {
        const text = await signed(pair(jwk.alg, jwk.kid));
        for (const credentials of [[credential('c', [jwk])], []]) {
          verifications.mockClear();
          expect(await reasonOf(text, credentials)).toBe('wrong_signature');
          expect(verifications).toHaveBeenCalledTimes(1);
        }
      } finally {
        verifications.mockRestore();
      }
    },
  );
});
