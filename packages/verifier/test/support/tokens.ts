import type { AccessTokenClaims } from '../../src/claims.js';
import { signWith } from './keys.js';
import type { TestKey } from './keys.js';

/** Seconds since the epoch at which every test begins. */
export const NOW = 1_800_000_000;
export const AUDIENCE = 'https://billing.example.com';

/** The claims of a good token. */
export function claimsOf(issuer: string): AccessTokenClaims {
  return {
    iss: issuer,
    sub: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
    aud: AUDIENCE,
    exp: NOW + 600,
    nbf: NOW,
    iat: NOW,
    jti: 'nY2kX0a9QwE7rT5uI3oPzA',
    client_id: 'signet',
    sid: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
    auth_time: NOW - 60,
    amr: ['pwd'],
    acr: 'aal1',
    roles: ['editor'],
    scope: 'read refund',
    ver: 7,
  };
}

export const encode = (value: string | object): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS of whatever header and payload; text is taken as it is. */
export function compact(
  header: string | object,
  payload: string | object,
  signer: (input: string) => Buffer,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** What a key's tokens have as header. */
export const headerOf = ({ alg, kid }: TestKey) => ({ alg, typ: 'at+jwt', kid });

/** A token as the issuer makes it. */
export function signed(key: TestKey, claims: object): string {
  return compact(headerOf(key), claims, signWith(key, key.alg));
}
