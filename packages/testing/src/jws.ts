import { constants, createHmac, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;
/** Makes the signature of a text. */
export type Signer = (input: string) => Buffer;

/** A compact JWS (RFC 7515 7.1) taken apart; nothing of it is verified. */
export interface ReadToken {
  readonly header: Json;
  readonly claims: Json;
  /** What the signature covers. */
  readonly input: string;
  readonly signature: string;
}

/** JSON of a value in base64url. */
export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token of any header and any claims, signed by whatever signs. */
export function compact(header: Json, claims: Json, signer: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** @throws Error when the text is no compact JWS of JSON; the text itself is never repeated. */
export function readToken(token: string): ReadToken {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) throw new Error('Not a signed token of three parts');
  return {
    header: parseObject(header),
    claims: parseObject(payload),
    input: `${header}.${payload}`,
    signature,
  };
}

function parseObject(part: string): Json {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('Not a token of JSON objects');
  return value as Json; // checked in the line before
}

/** Signs as RFC 7518 3 says for the algorithm. @throws Error for an algorithm that Signet does not have. */
export function signerOf(algorithm: string, privateKey: KeyObject): Signer {
  const [hash, options] = schemeOf(algorithm);
  return (input) => sign(hash, Buffer.from(input), { key: privateKey, ...options });
}

function schemeOf(algorithm: string) {
  switch (algorithm) {
    case 'ES256':
      return ['sha256', { dsaEncoding: 'ieee-p1363' }] as const;
    case 'ES384':
      return ['sha384', { dsaEncoding: 'ieee-p1363' }] as const;
    case 'RS256':
      return ['sha256', {}] as const;
    case 'PS256': {
      const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
      return ['sha256', { padding, saltLength }] as const;
    }
    default:
      throw new Error(`Signet signs nothing with ${algorithm}`);
  }
}

/** Signs with a secret (HS256). */
export function hmac(secret: string | Buffer): Signer {
  return (input) => createHmac('sha256', secret).update(input).digest();
}
