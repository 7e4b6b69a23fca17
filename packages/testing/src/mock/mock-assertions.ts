import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { JWK } from 'jose';
import { readAssertion } from '../../../../src/service-accounts/client-authentication/assertion.js';
import type { Assertion } from '../../../../src/service-accounts/client-authentication/assertion.js';
import { Refusal } from '../../../../src/service-accounts/client-authentication/refusal.js';
import { readToken } from '../jws.js';
import type { Json } from '../jws.js';

/** A key that a client signs its assertions with. */
export interface ClientKey {
  readonly publicKey: KeyObject;
  readonly alg: string | undefined;
  readonly kid: string | undefined;
}

/** What the claims are judged by; `now` in seconds. */
interface Circumstances {
  readonly audiences: readonly string[];
  readonly now: number;
}

/** Signet's own, in seconds. */
const LIFETIME_MAX = 300;
const LEEWAY = 5;

/** The public half of a JWK. @throws Error when it is none. */
export function keyOf(jwk: JWK): ClientKey {
  const { alg, kid } = jwk;
  return { publicKey: createPublicKey({ key: { ...jwk }, format: 'jwk' }), alg, kid };
}

/**
 * The client that an assertion speaks for (RFC 7523 3), read as Signet does; undefined when it is not good.
 *
 * @param keyOfClient its key, `'unknown'` when no signature can be verified, undefined when it has no key.
 */
export async function clientOfAssertion(
  text: string,
  circumstances: Circumstances,
  keyOfClient: (id: string) => ClientKey | 'unknown' | undefined,
): Promise<string | undefined> {
  const assertion = read(text);
  if (assertion === undefined) return undefined;
  const key = keyOfClient(assertion.clientId);
  const isSigned = key === 'unknown' || (key !== undefined && (await isSignedWith(key, assertion)));
  const isGood = isSigned && isFine(readToken(text).claims, circumstances);
  return isGood ? assertion.clientId : undefined;
}

function read(text: string): Assertion | undefined {
  try {
    return readAssertion(text);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

async function isSignedWith(key: ClientKey, { text, alg, kid }: Assertion): Promise<boolean> {
  const fits =
    (key.alg === undefined || key.alg === alg) &&
    (key.kid === undefined || kid === undefined || key.kid === kid);
  if (!fits) return false;
  return compactVerify(text, key.publicKey, { algorithms: [alg] }).then(
    () => true,
    () => false, // another key's, or an algorithm that the key is not for
  );
}

function isFine({ aud, exp, iat, nbf, jti }: Json, { audiences, now }: Circumstances): boolean {
  const named = [aud].flat();
  return (
    // For this issuer and nobody else, who could hand it on.
    named.length > 0 &&
    named.every((audience) => audiences.includes(audience as string)) &&
    typeof exp === 'number' &&
    exp > now - LEEWAY &&
    exp <= now + LIFETIME_MAX + LEEWAY &&
    (iat === undefined || isWithin(iat, now - LIFETIME_MAX - LEEWAY, now + LEEWAY)) &&
    (nbf === undefined || isWithin(nbf, 0, now + LEEWAY)) &&
    typeof jti === 'string' &&
    jti !== ''
  );
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}
