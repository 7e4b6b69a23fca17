import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import type { SigningKeyPair } from '../../src/keys/key-material.js';

type Json = Readonly<Record<string, unknown>>;

export function decode(token: string, part: 0 | 1): Json {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as Json;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Bad tokens made out of a good one, with the very key that Signet signs with where it must be. */
export async function badTokens(
  good: string,
  key: SigningKeyPair,
): Promise<Readonly<Record<string, string>>> {
  const header = decode(good, 0);
  const claims = decode(good, 1);
  const now = Math.floor(Date.now() / 1000);
  const sign = (changed: Json, members: Json = {}, signer = key.privateKey) =>
    new CompactSign(Buffer.from(JSON.stringify({ ...claims, ...changed })))
      .setProtectedHeader({ ...header, ...members, alg: key.algorithm })
      .sign(signer);
  const [head = '', body = '', signature = ''] = good.split('.');
  const foreign = key.algorithm.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: key.algorithm === 'ES256' ? 'P-256' : 'P-384' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = key.publicKey.export({ format: 'pem', type: 'spki' });
  const hmac = (secret: string | Buffer) => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  return {
    expired: await sign({ iat: now - 700, nbf: now - 700, exp: now - 100 }),
    'not valid yet': await sign({ iat: now + 3600, nbf: now + 3600, exp: now + 4200 }),
    'of a lifetime beyond the cap': await sign({ exp: now + 365 * 86_400 }),
    'for another audience': await sign({ aud: 'https://other.example.com' }),
    'for an audience of which ours is a part': await sign({
      aud: `${String(claims['aud'])}.evil.example`,
    }),
    'of another issuer': await sign({ iss: 'https://other.example.com' }),
    'without an end': await sign({ exp: undefined }),
    tampered: `${head}.${encode({ ...claims, scope: 'read deploy' })}.${signature}`,
    'with another signature': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'signed by another key under our kid': await sign({}, {}, foreign.privateKey),
    'signed by another key under its own kid': await sign(
      {},
      { kid: randomBytes(32).toString('base64url') },
      foreign.privateKey,
    ),
    'that brings its own key': await sign(
      {},
      { jwk: foreign.publicKey.export({ format: 'jwk' }) },
      foreign.privateKey,
    ),
    'alg none': `${encode({ ...header, alg: 'none' })}.${body}.`,
    'alg None with our signature': `${encode({ ...header, alg: 'None' })}.${body}.${signature}`,
    'HMAC with the public key': hmac(spki),
    'HMAC with the public key, trimmed': hmac(String(spki).trim()),
    'HMAC with nothing': hmac(''),
    'with another type': await sign({}, { typ: 'JWT' }),
    'with a critical extension': `${encode({ ...header, crit: ['x'], x: 1 })}.${body}.${signature}`,
  };
}
