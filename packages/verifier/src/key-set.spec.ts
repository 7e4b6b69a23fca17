import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { makeKey } from '../test/support/keys.js';
import { SIGNING_ALGORITHMS, readKeySet } from './key-set.js';

const good = makeKey();
const read = (...keys: readonly unknown[]) => readKeySet({ keys }, SIGNING_ALGORITHMS);
const names = async (...keys: readonly unknown[]) => [...(await read(...keys)).keys()];

const ecOf = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

describe('a key set', () => {
  it('holds keys by name, each with its one algorithm', async () => {
    const other = makeKey('PS256');
    const keys = await read(good.jwk, other.jwk);
    expect([...keys.values()].map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      [good.kid, 'ES256'],
      [other.kid, 'PS256'],
    ]);
  });

  it.each([
    ['without a name', { ...good.jwk, kid: undefined }],
    ['whose name is no text', { ...good.jwk, kid: 7 }],
    ['without an algorithm', { ...good.jwk, alg: undefined }],
    ['for encryption', { ...good.jwk, use: 'enc' }],
    ['for signing only', { ...good.jwk, key_ops: ['sign'] }],
    ['whose operations are no list', { ...good.jwk, key_ops: 7 }],
    ['of an algorithm that is not accepted', makeKey('RS512').jwk],
    ['of another curve than its algorithm', { ...good.jwk, ...ecOf('P-384') }],
    ['off the curve', { ...good.jwk, x: good.jwk.y, y: good.jwk.x }],
    ['of another type', { ...good.jwk, ...ed25519 }],
    ['that is a shared secret', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'x' }],
    ['that is private', { ...good.privateKey.export({ format: 'jwk' }), kid: 'x', alg: 'ES256' }],
    ['that is too short', { ...short.export({ format: 'jwk' }), kid: 'x', alg: 'RS256' }],
    ['that is no object', 'key'],
    ['that is null', null],
  ])('leaves out a key %s, and only that one', async (_, key) => {
    const other = makeKey();
    expect(await names(key, other.jwk)).toEqual([other.kid]);
  });

  it('keeps the first of two keys with one name', async () => {
    const twin = makeKey('ES384', good.kid);
    expect((await read(good.jwk, twin.jwk)).get(good.kid)?.algorithm).toBe('ES256');
  });

  it('finds no key under a name that objects have by nature', async () => {
    const keys = await read(good.jwk);
    for (const name of ['__proto__', 'constructor', 'toString', 'size']) {
      expect(keys.get(name)).toBeUndefined();
    }
    expect(await names(makeKey('ES256', '__proto__').jwk)).toEqual(['__proto__']);
  });
});
