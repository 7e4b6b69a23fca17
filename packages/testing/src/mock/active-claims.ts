import type { VerificationKey } from '../../../../src/keys/key-material.js';
import { readClaims } from '../../../../src/tokens/claims.js';
import type { AccessTokenClaims } from '../../../../src/tokens/claims.js';
import { ACCESS_TOKEN_TYPE, parseObject, readHeader } from '../../../../src/tokens/jws-header.js';
import { isSigned } from '../../../../src/keys/signature.js';
import type { Minter } from './minter.js';

/** Signet's defaults, in its units: characters, and seconds. no-drift.spec.ts compares the outcome with Signet's own. */
const SIZE_MAX = 8192;
const LIFETIME_MAX = 3600;
const LEEWAY = 5;

/** The claims of a token that Signet would call active, for whatever audience; undefined for all others. */
export function activeClaims(token: string, minter: Minter): AccessTokenClaims | undefined {
  const header = token.length > SIZE_MAX ? 'too_large' : readHeader(token);
  if (typeof header === 'string' || header.typ !== ACCESS_TOKEN_TYPE) return undefined;
  const key = minter.keys.find(header.kid);
  if (key?.algorithm !== header.alg) return undefined;
  const claims = readClaims(verifiedPayload(token, key));
  if (claims?.iss !== minter.policy.issuer) return undefined;
  return isInTime(claims, minter.clock.now() / 1000) && !minter.revocations.has(claims)
    ? claims
    : undefined;
}

function isInTime({ exp, nbf = 0, iat }: AccessTokenClaims, now: number): boolean {
  return (
    exp > iat &&
    exp - iat <= LIFETIME_MAX &&
    now < exp + LEEWAY &&
    now >= nbf - LEEWAY &&
    now >= iat - LEEWAY
  );
}

function verifiedPayload(token: string, key: VerificationKey): unknown {
  return isSigned(token, key) ? parseObject(token.split('.')[1] ?? '') : undefined;
}
