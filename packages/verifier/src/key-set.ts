import { importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { isObject } from './claims.js';

/** The algorithms that Signet signs with and that anyone may verify: none with a shared secret. */
export const SIGNING_ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** A key of the issuer, and the one algorithm that it is used with. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly key: CryptoKey;
}

/** By name, in a Map: it has no prototype in which `__proto__` or `constructor` would be found. */
export type KeySet = ReadonlyMap<string, VerificationKey>;

/** Below this an RSA key is no protection (RFC 7518 3.3). */
const RSA_BITS_MIN = 2048;

/**
 * Reads a JWK set (RFC 7517 5). A key that is not for verifying with one of the algorithms is left out
 * and spoils nothing; of two with one name the first counts.
 *
 * @throws Error when this is no JWK set.
 */
export async function readKeySet(
  body: unknown,
  algorithms: readonly SigningAlgorithm[],
): Promise<KeySet> {
  const listed = isObject(body) && 'keys' in body ? body.keys : undefined;
  if (!Array.isArray(listed)) throw new Error('This is no JWK set');
  const keys = new Map<string, VerificationKey>();
  for (const jwk of listed.filter(isObject)) {
    const read = await readKey(jwk, algorithms);
    if (read !== undefined && !keys.has(read.kid)) keys.set(read.kid, read);
  }
  return keys;
}

async function readKey(
  jwk: JWK,
  algorithms: readonly SigningAlgorithm[],
): Promise<VerificationKey | undefined> {
  const { kid, alg, use, key_ops: operations } = jwk;
  const algorithm = algorithms.find((accepted) => accepted === alg);
  if (typeof kid !== 'string' || algorithm === undefined) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !isListWith(operations, 'verify')) return undefined;
  // A private key that is published is nobody's any more, and a secret one was never public.
  if ('d' in jwk || 'k' in jwk) return undefined;
  try {
    const key = await importJWK(jwk, algorithm);
    if (key instanceof Uint8Array || isShort(key)) return undefined;
    return { kid, algorithm, key };
  } catch {
    return undefined; // of another type than its algorithm, or off the curve: nothing verifies with it
  }
}

function isListWith(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value);
}

function isShort({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < RSA_BITS_MIN;
}
