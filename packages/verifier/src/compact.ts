import { base64url } from 'jose';
import { isObject } from './claims.js';

/** The parts of a compact JWS (RFC 7515 7.1) or JWE (RFC 7516 7.1): never empty in what Signet issues. */
const PART = /^[A-Za-z0-9_-]+$/;

/**
 * The parts of a compact serialization of that many parts; undefined when it is none. Each part must be
 * spelled as an encoder spells it: other spellings of the same bytes (padding, stray last bits) have no
 * honest use.
 */
export function partsOf(token: string, count: 3 | 5): readonly string[] | undefined {
  // Never more than one too many, however many dots were sent.
  const parts = token.split('.', count + 1);
  return parts.length === count && parts.every(isCanonical) ? parts : undefined;
}

function isCanonical(part: string): boolean {
  if (!PART.test(part) || part.length % 4 === 1) return false;
  return base64url.encode(base64url.decode(part)) === part;
}

/** The JSON object in a part; undefined when there is none. */
export function objectIn(part: string): Record<string, unknown> | undefined {
  return parseObject(base64url.decode(part));
}

/** The JSON object in these bytes; undefined when it is not UTF-8, not JSON or no object. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not JSON in UTF-8: no object
  }
}
