import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { ASSERTION_ALGORITHMS } from '../public-key.js';
import type { AssertionAlgorithm } from '../public-key.js';
import { Refusal } from './refusal.js';

/** A client assertion as it came (RFC 7523 2.2, 3): of the right shape, and not verified. */
export interface Assertion {
  readonly text: string;
  readonly alg: AssertionAlgorithm;
  readonly kid: string | undefined;
  /** Who it speaks for: its `iss` and its `sub`. */
  readonly clientId: string;
}

/** Room for a certificate chain that some libraries put into the header, and nobody reads here. */
const ASSERTION_MAX = 8192;

/** Compact JWS with a signature and without padding. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** What changes how a token is to be read; nothing here knows how. */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'enc'];

/** In lower case, without `application/` (RFC 7515 4.1.9). An access token (`at+jwt`) is no assertion. */
const TYPES = ['jwt', 'client-authentication+jwt'];

/** @throws Refusal */
export function readAssertion(text: string): Assertion {
  if (text.length > ASSERTION_MAX || !COMPACT.test(text))
    throw new Refusal('malformed_credentials');
  const { header, payload } = decode(text);
  const { typ, kid } = header;
  const alg = ASSERTION_ALGORITHMS.find((algorithm) => algorithm === header.alg);
  const fine =
    alg !== undefined &&
    isAbsentOrText(kid) &&
    isAssertionType(typ) &&
    REFUSED_MEMBERS.every((name) => !Object.hasOwn(header, name));
  const { iss, sub } = payload as Record<string, unknown>; // jose says text, without having looked
  if (!fine || typeof iss !== 'string' || iss === '' || sub !== iss) {
    throw new Refusal('malformed_credentials');
  }
  return { text, alg, kid, clientId: iss };
}

function decode(text: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(text), payload: decodeJwt(text) };
  } catch {
    throw new Refusal('malformed_credentials'); // the two have nothing to fail at but the text
  }
}

function isAssertionType(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === 'string' && TYPES.includes(typ.toLowerCase().replace(/^application\//, ''));
}

function isAbsentOrText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
