import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/settings.js';
import { claimsOf, sign } from './mint.js';
import { largestClaims, sizeOf } from './token-size.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 });
const secret = createSecretKey(randomBytes(32));
const KEYS = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: rsa,
  PS256: rsa,
  HS256: { publicKey: secret, privateKey: secret },
};
const settings = loadSettings({ ISSUER_URL: 'https://id.example.com' });

const claimsWith = (userClaims: Readonly<Record<string, unknown>>) =>
  claimsOf(
    {
      subject: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
      sessionId: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
      clientId: 'signet',
      authentication: { time: 1_799_999_000_999, amr: ['pwd'] },
      roles: ['editor'],
      scope: ['resources:read'],
      tokenVersion: 3,
      userClaims,
      asOf: 1_800_000_000_999,
    },
    settings,
  );

describe('the size of a token', () => {
  it.each(Object.keys(KEYS) as (keyof typeof KEYS)[])(
    'is known before it is signed, to the byte: %s',
    (algorithm) => {
      const key = {
        kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
        algorithm,
        ...KEYS[algorithm],
      };
      // Each length leaves another rest when three bytes become four letters.
      for (const text of ['', 'a', 'ab', 'abc', '€', '🦊', '"\\\n']) {
        const claims = claimsWith({ text });
        const token = sign(claims, key);
        expect(sizeOf(claims, key)).toBe(token.length);
      }
    },
  );

  it('is explained by the largest claims, in bytes', () => {
    expect(largestClaims(claimsWith({ text: '€'.repeat(100) }))).toEqual([
      { name: 'user_claims', bytes: 311 },
      { name: 'sub', bytes: 38 },
      { name: 'sid', bytes: 38 },
    ]);
  });
});
