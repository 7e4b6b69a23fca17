import type { KeyObject } from 'node:crypto';
import { publicJwkOf } from '../../../src/keys/key-material.js';
import type { SigningKeyPair } from '../../../src/keys/key-material.js';
import { compact, encode, hmac, readToken, signerOf } from './jws.js';

/*
 * What somebody makes of a good token who does not have the private key: each of these is to be refused,
 * whatever the claims say. Some libraries once accepted each of them.
 */

/** The claims say more than what was signed. */
export function tampered(token: string): string {
  const { header, claims, signature } = readToken(token);
  const roles = Array.isArray(claims.roles) ? (claims.roles as readonly unknown[]) : [];
  return `${encode(header)}.${encode({ ...claims, roles: [...roles, 'admin'] })}.${signature}`;
}

/** The same content with another signature, as text. */
export function withSignature(token: string, signature: string): string {
  return `${readToken(token).input}.${signature}`;
}

/** All bits zero: a library accepted it for every key (CVE-2022-21449). */
export function zeroSignature(token: string): string {
  const { length } = Buffer.from(readToken(token).signature, 'base64url');
  return withSignature(token, Buffer.alloc(length).toString('base64url'));
}

/** Spellings of "no signature" that got past a comparison with `none` somewhere. */
export const NONE_SPELLINGS = ['none', 'None', 'NONE', 'nOnE', ' none', 'none ', ''] as const;

/** Says that it needs no signature (RFC 8725 2.1). */
export function algNone(token: string, spelling = 'none', signature = ''): string {
  const { header, claims } = readToken(token);
  return `${encode({ ...header, alg: spelling })}.${encode(claims)}.${signature}`;
}

/** The forms in which a service may hold the public key, and so hand it to HMAC. */
export const SECRET_FORMS = ['pem', 'trimmed pem', 'der', 'jwk'] as const;
export type SecretForm = (typeof SECRET_FORMS)[number];

/** Signed by HMAC with the public key as its secret, which everybody knows (RFC 8725 2.1). */
export function keyConfused(token: string, publicKey: KeyObject, form: SecretForm = 'pem'): string {
  const { header, claims } = readToken(token);
  return compact({ ...header, alg: 'HS256' }, claims, hmac(secretOf(publicKey, form)));
}

function secretOf(publicKey: KeyObject, form: SecretForm): string | Buffer {
  const pem = () => publicKey.export({ format: 'pem', type: 'spki' }).toString();
  switch (form) {
    case 'pem':
      return pem();
    case 'trimmed pem':
      return pem().trim();
    case 'der':
      return publicKey.export({ format: 'der', type: 'spki' });
    case 'jwk':
      return JSON.stringify(publicJwkOf(publicKey));
  }
}

/** Signed by a stranger's key under the id of the good one. */
export function foreignKey(token: string, stranger: SigningKeyPair): string {
  return resigned(token, stranger, {});
}

/** Signed by a stranger's key under its own id, which is in no key set. */
export function unknownKey(token: string, stranger: SigningKeyPair): string {
  return resigned(token, stranger, { kid: stranger.kid });
}

/** Brings the stranger's key along in its header (CVE-2018-0114). */
export function embeddedKey(token: string, stranger: SigningKeyPair): string {
  return resigned(token, stranger, { kid: stranger.kid, jwk: publicJwkOf(stranger.publicKey) });
}

function resigned(token: string, stranger: SigningKeyPair, changes: object): string {
  const { header, claims } = readToken(token);
  const { algorithm, privateKey } = stranger;
  return compact(
    { ...header, ...changes, alg: algorithm },
    claims,
    signerOf(algorithm, privateKey),
  );
}
