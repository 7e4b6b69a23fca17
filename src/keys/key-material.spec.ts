import { createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generateKey, keySetOf, publicJwkOf, thumbprint } from './key-material.js';

describe('thumbprint', () => {
  // The public key of RFC 7515 A.3; the expected value was computed with sha256sum and basenc, not with this code.
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };

  it('is that of RFC 7638', () => {
    const expected = 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U';
    expect(thumbprint(createPublicKey({ key: jwk, format: 'jwk' }))).toBe(expected);
    const more = {
      use: 'sig',
      y: jwk.y,
      kid: 'any',
      x: jwk.x,
      alg: 'ES256',
      kty: 'EC',
      crv: 'P-256',
    };
    expect(thumbprint(createPublicKey({ key: more, format: 'jwk' }))).toBe(expected);
  });

  // RFC 7638 3.1, with its own expected value.
  it('is that of the example in RFC 7638', () => {
    const key = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
    };
    expect(thumbprint(createPublicKey({ key, format: 'jwk' }))).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });
});

describe('a generated key', () => {
  it.each([
    ['ES256', { kty: 'EC', crv: 'P-256' }],
    ['ES384', { kty: 'EC', crv: 'P-384' }],
    ['RS256', { kty: 'RSA', e: 'AQAB' }],
    ['PS256', { kty: 'RSA', e: 'AQAB' }],
  ] as const)('of %s is published without its private part', async (algorithm, members) => {
    const key = await generateKey(algorithm);
    const { keys } = JSON.parse(
      keySetOf([{ kid: key.kid, algorithm, publicJwk: publicJwkOf(key.privateKey) }]),
    ) as { keys: Record<string, string>[] };
    expect(keys).toHaveLength(1);
    const [jwk = {}] = keys;
    expect(jwk).toMatchObject({ ...members, kid: key.kid, alg: algorithm, use: 'sig' });
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
      expect(jwk).not.toHaveProperty(secret);
    const published = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = sign('sha256', Buffer.from('text'), key.privateKey);
    expect(verify('sha256', Buffer.from('text'), published, signature)).toBe(true);
    // KEY-03: RSA of 3072 bits.
    if (jwk['n'] !== undefined) expect(Buffer.from(jwk['n'], 'base64url')).toHaveLength(384);
  });

  it('of HS256 is 32 random bytes that are never published', async () => {
    const key = await generateKey('HS256');
    expect(key.privateKey.export()).toHaveLength(32);
    expect(key.publicKey.equals(key.privateKey)).toBe(true);
    const publicJwk = publicJwkOf(key.privateKey);
    expect(keySetOf([{ kid: key.kid, algorithm: 'HS256', publicJwk }])).toBe('{"keys":[]}');
    expect(JSON.stringify(publicJwk)).toBe('{"kty":"oct"}');
  });

  it('is another one each time', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => generateKey('ES256')));
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(20);
  });
});
