import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readPublicJwk } from '../public-key.js';
import type { AssertionAlgorithm, PublicJwk } from '../public-key.js';

/**
 * Keys that nobody has the other half of. An assertion of an unknown client is held against one, so that
 * it takes as long to refuse as a wrong one of a client that exists.
 */
export function decoyKeys(): Readonly<Record<AssertionAlgorithm, PublicJwk>> {
  const n = randomBytes(256);
  n[0] = (n[0] ?? 0) | 0x80; // of full length
  n[255] = (n[255] ?? 0) | 1; // and odd: all that an RSA modulus needs to be calculated with
  const rsa = { kty: 'RSA', n: n.toString('base64url'), e: 'AQAB' };
  return {
    ES256: elliptic('P-256'),
    ES384: elliptic('P-384'),
    RS256: readPublicJwk({ ...rsa, alg: 'RS256' }),
    PS256: readPublicJwk({ ...rsa, alg: 'PS256' }),
  };
}

function elliptic(namedCurve: string): PublicJwk {
  return readPublicJwk(
    generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  );
}
