import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readPublicJwk } from '../public-key.js';
import type { AssertionAlgorithm, PublicJwk } from '../public-key.js';

/**
 * Keys that nobody has the other half of. An assertion of an unknown client is held against one, so that
 * it takes as long to refuse as a wrong one of a client that exists.
 */
export function decoyKeys(): Readonly<Record<AssertionAlgorithm, PublicJwk>> {
  // An odd number is all that an RSA operation needs as a modulus, and no signature may be above it.
  const n = randomBytes(256).fill(0xff, 0, 16).fill(0xff, 255);
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
