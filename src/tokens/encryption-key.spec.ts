import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from '@jest/globals';
import { readEncryptionKey } from './encryption-key.js';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent = 0x10001) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent });

const P256 = ec('P-256');
const P384 = ec('P-384');
const RSA = rsa(2048);

type Pair = typeof P256;
const publicJwk = ({ publicKey }: Pair) => publicKey.export({ format: 'jwk' });
const privateJwk = ({ privateKey }: Pair) => privateKey.export({ format: 'jwk' });

describe('a public encryption key', () => {
  it.each([
    ['P-256', P256, 'ECDH-ES+A256KW'],
    ['P-384', P384, 'ECDH-ES+A256KW'],
    ['RSA', RSA, 'RSA-OAEP-256'],
  ])('is read with its one algorithm and its thumbprint: %s', async (_, pair, alg) => {
    const jwk = publicJwk(pair);
    const kid = await calculateJwkThumbprint(jwk);
    expect(readEncryptionKey(jwk)).toEqual({ ...jwk, kid, alg, use: 'enc' });
    expect(readEncryptionKey({ ...jwk, use: 'enc', alg })).toEqual({
      ...jwk,
      kid,
      alg,
      use: 'enc',
    });
  });

  it('keeps the id that it comes with', () => {
    expect(readEncryptionKey({ ...publicJwk(P256), kid: '2026-03' }).kid).toBe('2026-03');
  });

  it('loses what is not needed', () => {
    const key = readEncryptionKey({
      ...publicJwk(P256),
      key_ops: ['deriveBits'],
      ext: true,
      x5u: 'http://127.0.0.1/cert.pem',
      x5c: ['MII'],
    });
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it.each([
    ['an EC key', privateJwk(P256)],
    ['an RSA key', privateJwk(RSA)],
    ['one member alone', { ...publicJwk(RSA), dp: 'AQAB' }],
    ['the other primes', { ...publicJwk(RSA), oth: [] }],
    ['a secret', { kty: 'oct', k: 'c2VjcmV0' }],
  ])('may have nothing private: %s', (_, jwk) => {
    expect(() => readEncryptionKey(jwk)).toThrow('private members');
  });

  const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
  const [one = '', two = ''] = [publicJwk(P256).x, publicJwk(ec('P-256')).x];

  it.each<[string, unknown, string]>([
    ['X25519', x25519, 'of the type EC or RSA'],
    ['Ed25519', { kty: 'OKP', crv: 'Ed25519', x: one }, 'of the type EC or RSA'],
    ['a type in other letters', { ...publicJwk(P256), kty: 'ec' }, 'of the type EC or RSA'],
    ['no type', { ...publicJwk(P256), kty: undefined }, 'of the type EC or RSA'],
    ['P-521', publicJwk(ec('P-521')), 'P-256 or P-384'],
    ['secp256k1', publicJwk(ec('secp256k1')), 'P-256 or P-384'],
    ['a list as curve', { ...publicJwk(P256), crv: ['P-256'] }, 'P-256 or P-384'],
    ['a point beside the curve', { ...publicJwk(P256), x: two }, 'make no key'],
    ['the point of another curve', { ...publicJwk(P256), crv: 'P-384' }, 'make no key'],
    ['half a point', { ...publicJwk(P256), y: undefined }, 'make no key'],
    ['a number as coordinate', { ...publicJwk(P256), x: 1 }, 'make no key'],
    ['a short RSA key', publicJwk(rsa(1024)), '2048 to 4096 bits'],
    ['a modulus of zeros', { ...publicJwk(RSA), n: 'A'.repeat(342) }, ''],
    ['no modulus', { ...publicJwk(RSA), n: undefined }, 'make no key'],
    ['an exponent that leaves the clear text', { ...publicJwk(RSA), e: 'AQ' }, 'exponent'],
    ['a small exponent', publicJwk(rsa(2048, 3)), 'exponent'],
    ['the use of signing', { ...publicJwk(P256), use: 'sig' }, 'use "enc"'],
    ['another algorithm', { ...publicJwk(P256), alg: 'ECDH-ES' }, 'ECDH-ES+A256KW'],
    ['a signing algorithm', { ...publicJwk(P256), alg: 'ES256' }, 'ECDH-ES+A256KW'],
    ['RSA 1.5', { ...publicJwk(RSA), alg: 'RSA1_5' }, 'RSA-OAEP-256'],
    ['OAEP with SHA-1', { ...publicJwk(RSA), alg: 'RSA-OAEP' }, 'RSA-OAEP-256'],
    ['an empty id', { ...publicJwk(P256), kid: '' }, 'kid'],
    ['a number as id', { ...publicJwk(P256), kid: 1 }, 'kid'],
    ['an id that breaks a line', { ...publicJwk(P256), kid: 'a\nb' }, 'kid'],
    ['an id that is too long', { ...publicJwk(P256), kid: 'a'.repeat(65) }, 'kid'],
    ['text', 'a key', 'an object'],
    ['null', null, 'an object'],
    ['a list', [publicJwk(P256)], 'an object'],
    ['nothing', {}, 'of the type EC or RSA'],
  ])('is refused: %s', (_, jwk, why) => {
    expect(() => readEncryptionKey(jwk)).toThrow(why);
  });

  it('of 8192 bits would make each token too large', () => {
    const n = Buffer.alloc(1024, 0xff).toString('base64url');
    expect(() => readEncryptionKey({ kty: 'RSA', n, e: 'AQAB' })).toThrow('2048 to 4096 bits');
  });

  it('is refused without repeating what it is', () => {
    const canary = 'canary-'.repeat(4);
    for (const jwk of [
      { ...publicJwk(P256), x: canary },
      { ...publicJwk(P256), kid: `${canary}\n` },
      { ...publicJwk(P256), d: canary },
      { kty: canary },
    ]) {
      expect(() => readEncryptionKey(jwk)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('canary') }),
      );
    }
  });
});
