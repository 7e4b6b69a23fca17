import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyRing } from '../../src/keys/key-ring.js';
import { generateKey, keySetOf, publicJwkOf, thumbprint } from '../../src/keys/key-material.js';
import type { SigningAlgorithm } from '../../src/config/signing-algorithm.js';
import { startTestApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { KeyServer } from '../support/key-server.js';
import { compact, ecdsa } from './forge.js';
import { faultsOfKeySet, isSignedBy } from './key-set-lint.js';
import type { Jwk } from './key-set-lint.js';
import { queriesDuring } from '../support/queries.js';

const JWKS = '/.well-known/jwks.json';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const published = async () =>
  (await app.api('GET', JWKS)).body as { readonly keys: readonly Jwk[] };

/** A pair as it is published rightly. */
function newKey(namedCurve = 'P-256', alg = 'ES256') {
  const pair = generateKeyPairSync('ec', { namedCurve });
  const kid = thumbprint(pair.publicKey);
  return { ...pair, jwk: { ...publicJwkOf(pair.publicKey), kid, alg, use: 'sig' } as Jwk };
}
const good = newKey();
const rsa = (modulusLength: number, alg = 'RS256') => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return { ...publicJwkOf(publicKey), kid: thumbprint(publicKey), alg, use: 'sig' };
};

/** The set is without fault but for these. */
const expectFaults = (keys: readonly Jwk[], ...faults: string[]) =>
  expect(faultsOfKeySet({ keys })).toEqual(faults);

describe('KEY-01 the key set', () => {
  it('has public members only, of one type, and says of each key what it is for', async () => {
    expect(faultsOfKeySet(await published())).toEqual([]);
    expectFaults([good.jwk]);
  });

  it('with a private member is found out, and so is a secret', () => {
    const { d } = good.privateKey.export({ format: 'jwk' });
    expectFaults([{ ...good.jwk, d }], 'private member d');
    const pair = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const whole = { ...pair.privateKey.export({ format: 'jwk' }), kid: thumbprint(pair.publicKey) };
    const members = ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => `private member ${name}`);
    expectFaults([{ ...whole, alg: 'PS256', use: 'sig' }], ...members);
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: '1', alg: 'HS256', use: 'sig' };
    expectFaults([good.jwk, secret], 'private member k', 'type oct', 'mixed types');
  });

  it.each<readonly [string, () => readonly Jwk[], readonly string[]]>([
    ['empty', () => [], ['no key']],
    ['without use', () => [without('use')], ['use undefined']],
    ['for encryption', () => [{ ...good.jwk, use: 'enc' }], ['use enc']],
    ['without alg', () => [without('alg')], ['alg undefined of P-256']],
    ['of another alg', () => [{ ...good.jwk, alg: 'ES384' }], ['alg ES384 of P-256']],
    ['of an HMAC', () => [{ ...good.jwk, alg: 'HS256' }], ['alg HS256 of P-256']],
    ['P-521', () => [newKey('P-521', 'ES512').jwk], ['alg ES512 of P-521']],
    ['X25519', () => [x25519()], ['type OKP']],
    ['of two types', () => [good.jwk, rsa(3072)], ['mixed types']],
    ['off the curve', () => [offCurve()], ['kid is no thumbprint', 'no key at all']],
  ])('%s is found out', (_, keys, faults) => expectFaults(keys(), ...faults));

  const without = (name: string) =>
    Object.fromEntries(Object.entries(good.jwk).filter(([member]) => member !== name));
  const x25519 = () => ({
    ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
    kid: '1',
    alg: 'ECDH-ES',
    use: 'enc',
  });
  const offCurve = () => ({ ...good.jwk, y: good.jwk['x'] });
});

describe('KEY-02 the id of a key', () => {
  it('is its thumbprint, the one in the header of its tokens, and the same after each load', async () => {
    const before = await published();
    const { token } = await app.admin();
    expect(isSignedBy(before.keys, token)).toBe(true);
    await app.nest.get(KeyRing).load();
    expect(await published()).toEqual(before);
  });

  it('that is a number, a name of another key, or twice there is found out', () => {
    const other = newKey();
    const numbered = [good.jwk, other.jwk].map((key, n) => ({ ...key, kid: `${n}` }));
    expectFaults(numbered, 'kid is no thumbprint', 'kid is no thumbprint');
    expectFaults([good.jwk, good.jwk], 'a kid twice');
    const header = { alg: 'ES256', typ: 'at+jwt', kid: other.jwk['kid'] };
    const token = compact(header, {}, ecdsa(good.privateKey));
    expect(isSignedBy([good.jwk, other.jwk], token)).toBe(false);
    expect(isSignedBy([good.jwk], token)).toBe(false);
  });
});

describe('KEY-03 the strength of a key', () => {
  it.each<SigningAlgorithm>(['ES256', 'ES384', 'RS256', 'PS256'])(
    'of %s is 128 bits',
    async (alg) => {
      const { kid, publicKey } = await generateKey(alg);
      const key = { kid, algorithm: alg, publicJwk: publicJwkOf(publicKey) };
      const { keys } = JSON.parse(keySetOf([key])) as { keys: Jwk[] };
      expectFaults(keys);
    },
  );

  it.each([1024, 2048])('that has RSA of %d bits is found out', (bits) =>
    expectFaults([rsa(bits)], `${bits} bits`),
  );
});

describe('KEY-06 and KEY-09 a request for the key set', () => {
  it('asks the database nothing', async () => {
    expect(await queriesDuring(app, published)).toEqual([]);
    const fromRows = () => app.database.select('SELECT public_jwk FROM signing_keys');
    expect(await queriesDuring(app, fromRows)).toHaveLength(1);
  });
});

describe('KEY-09 the answer with the key set', () => {
  /** What keeps browsers, caches and libraries from making use of it. */
  function faultsOf({ status, headers }: Pick<Response, 'status' | 'headers'>): readonly string[] {
    const [, seconds = '0'] = /\bmax-age=(\d+)/.exec(headers.get('cache-control') ?? '') ?? [];
    return [
      ...(status === 200 ? [] : ['status']),
      ...(headers.get('content-type')?.startsWith('application/jwk-set+json') === true
        ? []
        : ['type']),
      ...(Number(seconds) >= 60 ? [] : ['age']),
      ...(headers.get('access-control-allow-origin') === '*' ? [] : ['origins']),
    ];
  }

  it('can be read by pages, kept, and is of its type', async () => {
    expect(faultsOf(await app.api('GET', JWKS))).toEqual([]);
  });

  it('of a server that thinks of none of it is found out', async () => {
    const server = await KeyServer.start();
    server.publish([good.jwk]);
    expect(faultsOf(await fetch(server.origin))).toEqual(['type', 'age', 'origins']);
    server.send('{}', 503, { 'cache-control': 'public, max-age=0' });
    expect(faultsOf(await fetch(server.origin))).toEqual(['status', 'type', 'age', 'origins']);
    await server.close();
  });

  // The last one of this file: after it there is no database.
  it('is the same with the database gone, which whoever reads rows cannot give', async () => {
    const before = await published();
    await app.database.dataSource.destroy();
    const answer = await app.api('GET', JWKS);
    expect(faultsOf(answer)).toEqual([]);
    expect(answer.body).toEqual(before);
    await expect(app.database.select('SELECT public_jwk FROM signing_keys')).rejects.toThrow();
  });
});
