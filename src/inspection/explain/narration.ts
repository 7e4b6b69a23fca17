import { SIZE_MAX, verifiedOf } from '../../tokens/verification-steps.js';
import type { Attempt, Fault, VerificationStep } from '../../tokens/verification-steps.js';
import { tellClaims, tellHeader, tellIssuer, tellShape } from './content-sentences.js';
import type { Facts } from './facts.js';
import { tellAudience, tellLifetime, tellRevocation, tellTime } from './moment-sentences.js';

/** A sentence about how a step went; the fault is the one that the step itself found. */
export function narrate(
  step: VerificationStep,
  fault: Fault | undefined,
  attempt: Attempt,
  facts: Facts,
): string {
  switch (step) {
    case 'size':
      return `It has ${attempt.token.length} bytes; up to ${SIZE_MAX} are looked at.`;
    case 'shape':
      return tellShape(fault, attempt, facts);
    case 'header':
      return tellHeader(fault, attempt, facts);
    case 'signature':
      return fault === undefined
        ? 'It is by that key.'
        : 'It is not by that key: the token was altered or cut, or signed by somebody else.';
    case 'claims':
      return tellClaims(fault, attempt);
    case 'issuer':
      return tellIssuer(fault, attempt, facts);
    case 'audience':
      return tellAudience(fault, attempt);
    case 'lifetime':
      return tellLifetime(fault, verifiedOf(attempt).claims, facts);
    case 'time':
      return tellTime(fault, verifiedOf(attempt).claims, facts);
    case 'revocation':
      return tellRevocation(fault, facts);
  }
}
