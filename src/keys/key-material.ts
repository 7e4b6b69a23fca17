import {
  createHash,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../config/signing-algorithm.js';

/** The public members of a key (RFC 7518 6): no private one can get in. A secret (`oct`) has none. */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'oct' };

/** A key that tokens may be verified with. The one key of HS256 signs and verifies. */
export interface VerificationKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** A key that tokens are signed with. */
export interface SigningKeyPair extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** RFC 7518 3.3 allows 2048; 3072 has the strength of 128 bits (NIST SP 800-57 5.6.1). */
const RSA_BITS = 3072;
const HMAC_BYTES = 32;

const generatePair = promisify(generateKeyPair);

/** Makes a key. RSA takes about a second, on the thread pool. */
export async function generateKey(algorithm: SigningAlgorithm): Promise<SigningKeyPair> {
  const { publicKey, privateKey } = await generate(algorithm);
  return { kid: thumbprint(publicKey), algorithm, publicKey, privateKey };
}

function generate(algorithm: SigningAlgorithm) {
  switch (algorithm) {
    case 'ES256':
      return generatePair('ec', { namedCurve: 'P-256' });
    case 'ES384':
      return generatePair('ec', { namedCurve: 'P-384' });
    case 'RS256':
    case 'PS256':
      return generatePair('rsa', { modulusLength: RSA_BITS, publicExponent: 0x10001 });
    case 'HS256': {
      const key = createSecretKey(randomBytes(HMAC_BYTES));
      return Promise.resolve({ publicKey: key, privateKey: key });
    }
  }
}

/** The public members of a key, or of the public part of a private one. */
export function publicJwkOf(key: KeyObject): PublicJwk {
  if (key.type === 'secret') return { kty: 'oct' };
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' });
  if (kty === 'EC' && crv !== undefined && x !== undefined && y !== undefined)
    return { kty, crv, x, y };
  if (kty === 'RSA' && n !== undefined && e !== undefined) return { kty, n, e };
  throw new Error(`A key of the type ${kty} cannot be published`);
}

/** The members that identify a key, in lexicographic order, hashed (RFC 7638 3). */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(identityOf(key)))
    .digest('base64url');
}

function identityOf(key: KeyObject): object {
  // Of 256 random bits, which nobody finds by trying (RFC 7638 7).
  if (key.type === 'secret') return { k: key.export().toString('base64url'), kty: 'oct' };
  const jwk = publicJwkOf(key);
  if (jwk.kty === 'EC') return { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  return jwk.kty === 'RSA' ? { e: jwk.e, kty: jwk.kty, n: jwk.n } : jwk;
}

/** What a key set needs to know of a key. */
export interface PublishedKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly publicJwk: PublicJwk;
}

/**
 * The JSON Web Key Set (RFC 7517 5). Each key says what it is for, since php-jwt refuses a whole set
 * with one key that does not; a secret is never in it.
 */
export function keySetOf(keys: readonly PublishedKey[]): string {
  const published = keys.filter(({ publicJwk }) => publicJwk.kty !== 'oct');
  return JSON.stringify({
    keys: published.map(({ kid, algorithm, publicJwk }) => ({
      ...publicJwk,
      kid,
      alg: algorithm,
      use: 'sig',
    })),
  });
}
