import type { KeyObject } from 'node:crypto';
import type { SigningKeyPair } from '../keys/key-material.js';
import type { AccessTokenClaims } from './claims.js';
import { headerOf } from './mint.js';

/** A claim and how much of the token it is. */
export interface ClaimSize {
  readonly name: string;
  readonly bytes: number;
}

/** The bytes of the token that `sign` would make of the claims. Nothing is signed for it, so there is no token to leak. */
export function sizeOf(claims: AccessTokenClaims, key: SigningKeyPair): number {
  const parts = [
    Buffer.byteLength(JSON.stringify(headerOf(key))),
    Buffer.byteLength(JSON.stringify(claims)),
    signatureBytes(key.privateKey),
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

/** All signatures of one key are of one length (RFC 7518 3). */
function signatureBytes(key: KeyObject): number {
  if (key.type === 'secret') return 32; // HS256
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return modulusLength / 8;
  return namedCurve === 'secp384r1' ? 96 : 64;
}
