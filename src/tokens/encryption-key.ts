import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { publicJwkOf, thumbprint } from '../keys/key-material.js';

/** The public key of whoever shall be the only one to read a token (RFC 7517), with all that its use needs. */
export type EncryptionKey =
  | {
      readonly kty: 'EC';
      readonly crv: string;
      readonly x: string;
      readonly y: string;
      readonly kid: string;
      readonly alg: 'ECDH-ES+A256KW';
      readonly use: 'enc';
    }
  | {
      readonly kty: 'RSA';
      readonly n: string;
      readonly e: string;
      readonly kid: string;
      readonly alg: 'RSA-OAEP-256';
      readonly use: 'enc';
    };

/** Everything that a JWK may say of the secret half of a key (RFC 7518 6.2.2, 6.3.2, 6.4.1, RFC 8037 2). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'r', 't'];

const EC_CURVES: readonly unknown[] = ['P-256', 'P-384'];
const RSA_BITS_MIN = 2048;
/** Each token costs one operation, and carries one block, of this size. */
const RSA_BITS_MAX = 4096;
/** 65537. With the exponent 1 the cipher text is the clear text. */
const RSA_EXPONENT = 'AQAB';

/** What can stand in a header, a URL and a log. */
const KID = /^[A-Za-z0-9._~:/+=-]{1,64}$/;

/**
 * Reads a public encryption key from a JWK that somebody registers. What is not needed is dropped, and
 * what could be misread by one of the libraries that consumers use is refused.
 *
 * @throws Error whose message completes "The key ...", without any value.
 */
export function readEncryptionKey(value: unknown): EncryptionKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('must be a public JSON Web Key, an object');
  }
  const jwk = value as Record<string, unknown>; // every member is checked below
  if (PRIVATE_MEMBERS.some((name) => jwk[name] !== undefined)) {
    throw new Error(
      'has private members: it has been shown to others now, so make another one and send only its public half',
    );
  }
  if (jwk['use'] !== undefined && jwk['use'] !== 'enc') throw new Error('must have the use "enc"');
  const key = keyOf(jwk);
  // As Node writes it: one spelling a key, whatever padding it came with, and public members only.
  const members = publicJwkOf(key);
  const kid = kidOf(jwk, key);
  switch (members.kty) {
    case 'EC':
      return { ...members, kid, alg: algorithmOf(jwk, 'ECDH-ES+A256KW'), use: 'enc' };
    case 'RSA':
      return { ...members, kid, alg: algorithmOf(jwk, 'RSA-OAEP-256'), use: 'enc' };
    case 'oct':
      throw new Error('must be of the type EC or RSA'); // never: such a key is not public
  }
}

function keyOf(jwk: Record<string, unknown>): KeyObject {
  switch (jwk['kty']) {
    case 'EC':
      if (!EC_CURVES.includes(jwk['crv'])) throw new Error('must be on the curve P-256 or P-384');
      return importKey(jwk, ['kty', 'crv', 'x', 'y']);
    case 'RSA':
      if (jwk['e'] !== RSA_EXPONENT) throw new Error('must have the exponent 65537 (AQAB)');
      return expectLength(importKey(jwk, ['kty', 'n', 'e']));
    default:
      // X25519 and its kind (OKP): php-jwt refuses a whole set with such a key, python-jose and PyJWT cannot decrypt.
      throw new Error('must be of the type EC or RSA');
  }
}

function expectLength(key: KeyObject): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
    throw new Error(`must have ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits`);
  }
  return key;
}

/** The one algorithm of such a key, unless it comes with another. */
function algorithmOf<A extends string>({ alg }: Record<string, unknown>, algorithm: A): A {
  if (alg !== undefined && alg !== algorithm)
    throw new Error(`must have the algorithm ${algorithm}`);
  return algorithm;
}

/** Node refuses a point that is not on its curve. */
function importKey(jwk: Record<string, unknown>, names: readonly string[]): KeyObject {
  try {
    const key = Object.fromEntries(names.map((name) => [name, jwk[name]]));
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    throw new Error('has members that make no key');
  }
}

/** The key's own id, or its RFC 7638 thumbprint. */
function kidOf({ kid }: Record<string, unknown>, key: KeyObject): string {
  if (kid === undefined) return thumbprint(key);
  if (typeof kid !== 'string' || !KID.test(kid)) {
    throw new Error('must have a kid of 1 to 64 letters, digits and -._~:/+=');
  }
  return kid;
}
