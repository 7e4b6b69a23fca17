import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What assertions may be signed with. Each key has one of these for good: the token does not choose. */
export const ASSERTION_ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'] as const;
export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/** A client's public key (RFC 7517), with everything that its use needs and nothing else. */
export interface PublicJwk {
  readonly kty: 'EC' | 'RSA';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly kid: string;
  readonly alg: AssertionAlgorithm;
  readonly use: 'sig';
}

export interface PublicJwks {
  readonly keys: readonly PublicJwk[];
}

/** A key that cannot be used, and in `message` why: it completes "The key ...", and repeats no value. */
export class UnusableKey extends Error {}

/** Everything that a JWK may say of the secret half of a key (RFC 7518 6.2.2, 6.3.2, 6.4.1, RFC 8037 2). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const EC_ALGORITHMS = new Map<unknown, AssertionAlgorithm>([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
]);

const RSA_BITS_MIN = 2048;
/** Each authentication costs one operation of this size. */
const RSA_BITS_MAX = 4096;
/** 65537. With the exponent 1 everybody can sign, and a huge one makes each verification slow. */
const RSA_EXPONENT = 'AQAB';

const KID_MAX = 128;

/**
 * Reads a public key for signatures out of a JWK that somebody registers or publishes.
 *
 * @throws UnusableKey
 */
export function readPublicJwk(value: unknown): PublicJwk {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableKey('must be a public JSON Web Key, an object');
  }
  const jwk = value as Readonly<Record<string, unknown>>; // every member that counts is checked below
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) {
    throw new UnusableKey(
      'has private members: others have seen it now, so make another one and send its public half only',
    );
  }
  expectForSignatures(jwk);
  switch (jwk['kty']) {
    case 'EC':
      return readEcKey(jwk);
    case 'RSA':
      return readRsaKey(jwk);
    default:
      throw new UnusableKey('must be of the type EC or RSA');
  }
}

function expectForSignatures({ use, key_ops: operations }: Readonly<Record<string, unknown>>) {
  if (use !== undefined && use !== 'sig') throw new UnusableKey('must have the use "sig"');
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes('verify')) {
    throw new UnusableKey('must have "verify" among its key_ops');
  }
}

function readEcKey(jwk: Readonly<Record<string, unknown>>): PublicJwk {
  const alg = EC_ALGORITHMS.get(jwk['crv']);
  if (alg === undefined) throw new UnusableKey('must be on the curve P-256 or P-384');
  if (jwk['alg'] !== undefined && jwk['alg'] !== alg) {
    throw new UnusableKey(`must have the algorithm ${alg}, which its curve goes with`);
  }
  const { crv = '', x = '', y = '' } = importedMembers(jwk, ['kty', 'crv', 'x', 'y']);
  const kid = kidOf(jwk, { crv, kty: 'EC', x, y });
  return { kty: 'EC', crv, x, y, kid, alg, use: 'sig' };
}

function readRsaKey(jwk: Readonly<Record<string, unknown>>): PublicJwk {
  // RS256 when the key leaves it open: one algorithm a key, and this is what nearly all of them mean.
  const { alg = 'RS256', e } = jwk;
  if (alg !== 'RS256' && alg !== 'PS256') {
    throw new UnusableKey('must have the algorithm RS256 or PS256');
  }
  if (e !== RSA_EXPONENT) throw new UnusableKey('must have the exponent 65537 (AQAB)');
  const { n = '' } = importedMembers(jwk, ['kty', 'n', 'e']);
  const kid = kidOf(jwk, { e, kty: 'RSA', n });
  return { kty: 'RSA', n, e, kid, alg, use: 'sig' };
}

/** The members as Node writes them: one spelling a key. Node refuses a point that is not on its curve. */
function importedMembers(jwk: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const key = importKey(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  const bits = key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS_MIN; // an EC key has none
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
    throw new UnusableKey(`must have ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits`);
  }
  return key.export({ format: 'jwk' });
}

function importKey(key: Record<string, unknown>): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch (cause) {
    throw new UnusableKey('has members that make no key', { cause });
  }
}

/** The key's own id, or its RFC 7638 thumbprint: the members in lexicographic order, hashed. */
function kidOf({ kid }: Readonly<Record<string, unknown>>, members: object): string {
  if (kid === undefined) {
    return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  }
  // What can stand in a header and in a log.
  if (typeof kid !== 'string' || kid.length > KID_MAX || !/^[\x21-\x7e]+$/.test(kid)) {
    throw new UnusableKey(`must have a kid of 1 to ${KID_MAX} visible ASCII characters`);
  }
  return kid;
}
