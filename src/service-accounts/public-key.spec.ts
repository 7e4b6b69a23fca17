import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from '@jest/globals';
import { UnusableKey, readPublicJwk } from './public-key.js';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent });

const P256 = ec('P-256');
const RSA = rsa(2048);
const EC_JWK = P256.publicKey.export({ format: 'jwk' });
const RSA_JWK = RSA.publicKey.export({ format: 'jwk' });

describe('a public key of a client', () => {
  it('has one algorithm for good, and the id of RFC 7638 when it brings none', async () => {
    expect(readPublicJwk(EC_JWK)).toEqual({
      ...EC_JWK,
      kid: await calculateJwkThumbprint(EC_JWK),
      alg: 'ES256',
      use: 'sig',
    });
    expect(readPublicJwk(ec('P-384').publicKey.export({ format: 'jwk' })).alg).toBe('ES384');
    expect(readPublicJwk(RSA_JWK)).toEqual({
      ...RSA_JWK,
      kid: await calculateJwkThumbprint(RSA_JWK),
      alg: 'RS256',
      use: 'sig',
    });
    expect(readPublicJwk({ ...RSA_JWK, alg: 'PS256', kid: 'mine' })).toMatchObject({
      alg: 'PS256',
      kid: 'mine',
    });
  });

  it('keeps what its use needs and nothing else, in one spelling', () => {
    const more = {
      ...EC_JWK,
      use: 'sig',
      key_ops: ['verify'],
      x5c: ['MIIB'],
      x5u: 'http://attacker.test',
      x: `${EC_JWK.x ?? ''}==`,
    };
    expect(readPublicJwk(more)).toEqual(readPublicJwk(EC_JWK));
  });

  it.each([
    ['null', null],
    ['text', 'key'],
    ['a list', [EC_JWK]],
    ['nothing', {}],
    ['a private EC key', P256.privateKey.export({ format: 'jwk' })],
    ['a private RSA key', RSA.privateKey.export({ format: 'jwk' })],
    ['a key with an empty private member', { ...EC_JWK, d: '' }],
    ['a key with a private member that is null', { ...RSA_JWK, p: null }],
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a secret beside a key', { ...EC_JWK, k: 'c2VjcmV0' }],
    ['an Edwards key', generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })],
    ['another curve', ec('P-521').publicKey.export({ format: 'jwk' })],
    ['a curve that Bitcoin uses', ec('secp256k1').publicKey.export({ format: 'jwk' })],
    ['a point that is not on the curve', { ...EC_JWK, y: EC_JWK.x }],
    ['a point with a half', { ...EC_JWK, y: undefined }],
    ['a modulus that is a number', { ...RSA_JWK, n: 7 }],
    ['an EC key for another algorithm', { ...EC_JWK, alg: 'ES384' }],
    ['an RSA key for a weak algorithm', { ...RSA_JWK, alg: 'RS1' }],
    ['an RSA key for an HMAC', { ...RSA_JWK, alg: 'HS256' }],
    ['an RSA key for encryption', { ...RSA_JWK, alg: 'RSA-OAEP' }],
    ['a key for encryption', { ...EC_JWK, use: 'enc' }],
    ['a key for signing', { ...EC_JWK, key_ops: ['sign'] }],
    ['key_ops that are no list', { ...EC_JWK, key_ops: 'verify' }],
    ['a short RSA key', rsa(1024).publicKey.export({ format: 'jwk' })],
    ['an exponent of 3', rsa(2048, 3).publicKey.export({ format: 'jwk' })],
    ['an exponent of 1', { ...RSA_JWK, e: 'AQ' }],
    ['a modulus of 5000 bits', { ...RSA_JWK, n: Buffer.alloc(625, 0xff).toString('base64url') }],
    ['a kid that is no text', { ...EC_JWK, kid: 7 }],
    ['an empty kid', { ...EC_JWK, kid: '' }],
    ['a kid with a line break', { ...EC_JWK, kid: 'a\nb' }],
    ['a kid that is too long', { ...EC_JWK, kid: 'a'.repeat(129) }],
  ])('is not %s', (_, value) => {
    expect(() => readPublicJwk(value)).toThrow(UnusableKey);
  });

  it('says what is wrong without repeating it', () => {
    const { d } = P256.privateKey.export({ format: 'jwk' });
    try {
      readPublicJwk({ ...EC_JWK, d });
      throw new Error('was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableKey);
      expect(String(error)).toContain('private members');
      expect(String(error)).not.toContain(d);
    }
  });
});
