import { createHash, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { headerOf, partsOf } from './weak-verifiers.js';

export type Jwk = Readonly<Record<string, unknown>>;

/** RFC 7518 6.2.2, 6.3.2, 6.4.1. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** The members that identify a key, in lexicographic order (RFC 7638 3.2). */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
};
/** What each algorithm is used with (RFC 7518 3.1). */
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384' };
const OF_RSA = ['RS256', 'PS256'];
/** The strength of 128 bits (NIST SP 800-57 5.6.1). */
const RSA_BITS = 3072;

/**
 * What is wrong with a key set, as consumers in several languages read it; empty when nothing is. It is
 * about a set at rest: while an algorithm is exchanged, two types of keys are in it for good reason.
 */
export function faultsOfKeySet({ keys }: { readonly keys: readonly Jwk[] }): readonly string[] {
  const faults = keys.flatMap(faultsOfKey);
  if (keys.length === 0) faults.push('no key');
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) faults.push('a kid twice');
  // python-jose stumbles over one of another type before it comes to the right one.
  if (new Set(keys.map(({ kty }) => kty)).size > 1) faults.push('mixed types');
  return faults;
}

function faultsOfKey(key: Jwk): string[] {
  const { kty, kid, use, alg, crv } = key;
  const members = IDENTITY[String(kty)];
  const faults = PRIVATE.filter((name) => name in key).map((name) => `private member ${name}`);
  if (members === undefined) return [...faults, `type ${String(kty)}`];
  if (use !== 'sig') faults.push(`use ${String(use)}`); // php-jwt refuses the whole set
  const isFit = kty === 'EC' ? CURVES[String(alg)] === crv : OF_RSA.includes(String(alg));
  if (!isFit) faults.push(`alg ${String(alg)} of ${String(crv ?? kty)}`);
  if (kid !== thumbprintOf(key, members)) faults.push('kid is no thumbprint');
  return [...faults, ...faultsOfNumbers(key)];
}

function thumbprintOf(key: Jwk, members: readonly string[]): string {
  const identity = Object.fromEntries(members.map((name) => [name, key[name]]));
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}

function faultsOfNumbers(key: Jwk): readonly string[] {
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' }); // a point that is not on the curve is none
  } catch {
    return ['no key at all'];
  }
  if (key['kty'] !== 'RSA') return [];
  const bits = Buffer.from(String(key['n']), 'base64url').toString('hex').length * 4;
  return bits < RSA_BITS ? [`${bits} bits`] : [];
}

/** Whether a consumer that has only this set, and takes the key that the token names, lets the token in. */
export function isSignedBy(keys: readonly Jwk[], token: string): boolean {
  const { kid, alg } = headerOf(token);
  const jwk = keys.find((key) => key['kid'] === kid && key['alg'] === alg);
  if (jwk === undefined) return false;
  const { input, signature } = partsOf(token);
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
}
