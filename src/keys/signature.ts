import { constants, createHmac, sign, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../config/signing-algorithm.js';
import type { SigningKeyPair, VerificationKey } from './key-material.js';

interface Scheme {
  sign(input: Buffer, key: KeyObject): Buffer;
  verify(input: Buffer, key: KeyObject, signature: Buffer): boolean;
}

/** How each algorithm signs (RFC 7518 3). The keys are prepared objects: from text, each use would cost a parse. */
const SCHEMES: Readonly<Record<SigningAlgorithm, Scheme>> = {
  // r and s of fixed length; Node refuses another length, and r or s of 0.
  ES256: asymmetric('sha256', { dsaEncoding: 'ieee-p1363' }),
  ES384: asymmetric('sha384', { dsaEncoding: 'ieee-p1363' }),
  RS256: asymmetric('sha256', {}),
  PS256: asymmetric('sha256', {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST, // 3.5: as long as the hash, and no other
  }),
  HS256: { sign: hmac, verify: (input, key, signature) => isSame(hmac(input, key), signature) },
};

function asymmetric(
  hash: string,
  options: {
    readonly dsaEncoding?: 'ieee-p1363';
    readonly padding?: number;
    readonly saltLength?: number;
  },
): Scheme {
  return {
    sign: (input, key) => sign(hash, input, { key, ...options }),
    verify: (input, key, signature) => verify(hash, input, { key, ...options }, signature),
  };
}

function hmac(input: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(input).digest();
}

function isSame(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** The header and the payload as a compact JWS, signed with the key (RFC 7515 5.1). */
export function signed(header: object, payload: object, key: SigningKeyPair): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = SCHEMES[key.algorithm].sign(Buffer.from(input, 'latin1'), key.privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

/**
 * Whether the key has signed the token, a compact JWS (RFC 7515 5.2). By the algorithm that belongs to the
 * key: what the token says of that is not read here.
 */
export function isSigned(token: string, { algorithm, publicKey }: VerificationKey): boolean {
  const end = token.lastIndexOf('.');
  const input = Buffer.from(token.slice(0, end), 'latin1');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return SCHEMES[algorithm].verify(input, publicKey, signature);
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
