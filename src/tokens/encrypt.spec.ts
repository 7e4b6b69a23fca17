import { generateKeyPairSync } from 'node:crypto';
import { SignJWT, compactDecrypt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from '@jest/globals';
import { encryptToken } from './encrypt.js';
import { readEncryptionKey } from './encryption-key.js';
import { readHeader } from './jws-header.js';

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve });
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

const signed = await new SignJWT({ sub: 'somebody', roles: ['canary'] })
  .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'the-key' })
  .sign(signing.privateKey);

describe.each([
  ['P-256', ec('P-256')],
  ['P-384', ec('P-384')],
  ['RSA', rsa],
])('a token encrypted for %s', (_, generate) => {
  const { publicKey, privateKey } = generate();
  const key = readEncryptionKey(publicKey.export({ format: 'jwk' }));

  it('gives the signed token back to the holder of the key', async () => {
    const { plaintext } = await compactDecrypt(await encryptToken(signed, key), privateKey);
    const inner = new TextDecoder().decode(plaintext);
    expect(inner).toBe(signed);
    const { payload } = await jwtVerify(inner, signing.publicKey, { typ: 'at+jwt' });
    expect(payload).toEqual({ sub: 'somebody', roles: ['canary'] });
  });

  it('says how it is read, and nothing of what it says', async () => {
    const token = await encryptToken(signed, key);
    const { epk: _epk, ...header } = decodeProtectedHeader(token);
    expect(header).toEqual({
      alg: key.alg,
      enc: 'A256GCM',
      typ: 'at+jwt',
      cty: 'JWT',
      kid: key.kid,
    });
    for (const part of token.split('.'))
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('canary');
  });

  it('is another one each time', async () => {
    expect(await encryptToken(signed, key)).not.toBe(await encryptToken(signed, key));
  });

  it('is nothing to others', async () => {
    await expect(
      compactDecrypt(await encryptToken(signed, key), generate().privateKey),
    ).rejects.toThrow();
  });

  it("has no shape that Signet's own API looks at (TOK-16)", async () => {
    expect(readHeader(await encryptToken(signed, key))).toBe('not_compact');
  });
});
