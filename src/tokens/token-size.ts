import type { SigningAlgorithm } from '../config/signing-algorithm.js';
import type { SigningKeyPair } from '../keys/key-material.js';
import type { AccessTokenClaims } from './claims.js';
import { headerOf } from './mint.js';

/** Bytes of a signature (RFC 7518 3); RSA keys are made with 3072 bits. */
const SIGNATURE_BYTES: Readonly<Record<SigningAlgorithm, number>> = {
  ES256: 64,
  ES384: 96,
  RS256: 384,
  PS256: 384,
  HS256: 32,
};

/** A claim and how much of the token it is. */
export interface ClaimSize {
  readonly name: string;
  readonly bytes: number;
}

/** The bytes of the token that `sign` would make of the claims. Nothing is signed for it, so there is no token to leak. */
export function sizeOf(
  claims: AccessTokenClaims,
  key: Pick<SigningKeyPair, 'kid' | 'algorithm'>,
): number {
  const parts = [
    Buffer.byteLength(JSON.stringify(headerOf(key))),
    Buffer.byteLength(JSON.stringify(claims)),
    SIGNATURE_BYTES[key.algorithm],
  ];
  const encoded = parts.map((bytes) => Math.ceil((bytes * 4) / 3)); // base64url without padding
  return encoded.reduce((sum, length) => sum + length, parts.length - 1);
}

/** The claims that take most of the token, the largest first. */
export function largestClaims(claims: AccessTokenClaims): readonly ClaimSize[] {
  return Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(JSON.stringify(value)) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3);
}
