import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../config/signing-algorithm.js';
import type { VerificationKey } from '../keys/key-material.js';

type Check = (input: Buffer, key: KeyObject, signature: Buffer) => boolean;

const PSS = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST, // RFC 7518 3.5: as long as the hash, and no other
};

/** How each algorithm verifies (RFC 7518 3). Node refuses ECDSA signatures of another length, and r or s of 0. */
const CHECKS: Readonly<Record<SigningAlgorithm, Check>> = {
  ES256: ecdsa('sha256'),
  ES384: ecdsa('sha384'),
  RS256: (input, key, signature) => verify('sha256', input, key, signature),
  PS256: (input, key, signature) => verify('sha256', input, { key, ...PSS }, signature),
  HS256: (input, key, signature) => {
    const expected = createHmac('sha256', key).update(input).digest();
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  },
};

function ecdsa(hash: string): Check {
  return (input, key, signature) =>
    verify(hash, input, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/**
 * Whether the key has signed the token, a compact JWS (RFC 7515 5.2). By the algorithm that belongs to the
 * key: what the token says of that is not read here.
 */
export function isSigned(token: string, { algorithm, publicKey }: VerificationKey): boolean {
  const end = token.lastIndexOf('.');
  const input = Buffer.from(token.slice(0, end), 'latin1');
  return CHECKS[algorithm](input, publicKey, Buffer.from(token.slice(end + 1), 'base64url'));
}
