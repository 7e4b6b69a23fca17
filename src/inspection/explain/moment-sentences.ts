import type { AccessTokenClaims } from '../../tokens/claims.js';
import { verifiedOf } from '../../tokens/verification-steps.js';
import type { Attempt, Fault } from '../../tokens/verification-steps.js';
import type { Facts } from './facts.js';
import { authorOf, instant, quoted, span } from './words.js';

/** Sentences about the steps that depend on the moment, and on whom the token is shown to. */

export function tellAudience(fault: Fault | undefined, attempt: Attempt): string {
  const { aud } = verifiedOf(attempt).claims;
  const expected = (attempt.audiences ?? []).map(quoted).join(' or ');
  return fault === undefined
    ? `It is for ${quoted(aud)}, as it must be.`
    : `It is for ${quoted(aud)}, and was shown to ${expected}.`;
}

export function tellLifetime(
  fault: Fault | undefined,
  { exp, iat }: AccessTokenClaims,
  { lifetimeMax }: Facts,
): string {
  if (fault === 'no_lifetime') return 'It ends (exp) before it begins (iat).';
  const lives = `It lives ${exp - iat} s (exp - iat)`;
  return fault === undefined
    ? `${lives}; up to ${lifetimeMax / 1000} s are accepted.`
    : `${lives}, more than the ${lifetimeMax / 1000} s of ACCESS_TOKEN_MAX_TTL.`;
}

export function tellTime(
  fault: Fault | undefined,
  { exp, nbf = 0, iat }: AccessTokenClaims,
  { now, leeway }: Facts,
): string {
  const clocks = `this clock says ${instant(now)}, and clocks may differ by ${span(leeway)}`;
  switch (fault) {
    case 'expired':
      return `It expired ${span(now - exp * 1000)} ago, at ${instant(exp * 1000)}; ${clocks}.`;
    case 'not_yet':
      return `It holds only from ${instant(nbf * 1000)} (nbf), in ${span(nbf * 1000 - now)}; ${clocks}.`;
    case 'from_the_future':
      return `It was issued (iat) ${span(iat * 1000 - now)} from now, at ${instant(iat * 1000)}; ${clocks}.`;
    default:
      return now < exp * 1000
        ? `It expires in ${span(exp * 1000 - now)}, at ${instant(exp * 1000)}.`
        : `It expired ${span(now - exp * 1000)} ago and is taken for that clocks may differ by ${span(leeway)}.`;
  }
}

export function tellRevocation(fault: Fault | undefined, facts: Facts): string {
  const { revocations, revision, staleness, stalenessMax } = facts;
  const age = Number.isFinite(staleness) ? `${span(staleness)} old` : 'missing';
  if (fault === 'revoked') {
    const [first] = revocations;
    return first === undefined
      ? 'It is revoked; what is known of that beyond is not stored any more.'
      : `It is revoked: ${first.kind} ${quoted(first.subject)}, because of ${first.reason}, by ${authorOf(first)}, at ${instant(first.createdAt)} (revision ${first.revision}).`;
  }
  if (fault === 'stale' || staleness > stalenessMax) {
    const then =
      fault === 'stale' ? 'it is answered with 503' : 'REVOCATION_FAIL_OPEN is on, so it is let in';
    return `Not known for certain: the last word of the database is ${age}, more than the ${span(stalenessMax)} of REVOCATION_MAX_STALENESS; ${then}.`;
  }
  return `No revocation in force takes it, as of revision ${revision}, ${age}.`;
}
