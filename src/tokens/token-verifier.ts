import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { RevocationStateStale } from '../revocation/revocation.errors.js';
import {
  CONTENT_STEPS,
  MOMENT_STEPS,
  VERIFICATION_STEPS,
  VerificationSteps,
  attemptAt,
  verifiedOf,
} from './verification-steps.js';
import type { Attempt, Fault, VerificationStep } from './verification-steps.js';
import { VerifiedTokenCache } from './verified-token-cache.js';
import type { VerifiedToken } from './verified-token-cache.js';

/** The token was refused. For our logs and metrics only: callers all get the same 401. */
export class TokenRefused extends Error {
  constructor(
    readonly step: VerificationStep,
    readonly fault?: Fault,
  ) {
    super(`The token was refused at: ${step}`);
    this.name = 'TokenRefused';
  }
}

/** How a step went for a token; a step that needs what an earlier one did not find is skipped. */
export interface StepResult {
  readonly step: VerificationStep;
  readonly fault?: Fault;
  readonly skipped: boolean;
}

/** Everything that verification has to say about a token. */
export interface Inspection {
  readonly attempt: Attempt;
  readonly steps: readonly StepResult[];
}

/** Verifies access tokens for Signet's own API, asking nobody: keys and revocations are in memory. */
@Injectable()
export class TokenVerifier {
  private readonly cache = new VerifiedTokenCache();
  private seenGeneration = -1;

  constructor(
    private readonly steps: VerificationSteps,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @throws TokenRefused when the token is not good.
   * @throws RevocationStateStale when that cannot be known now.
   */
  verify(token: string): Principal {
    return this.run(token, this.settings.acceptedAudiences).principal;
  }

  /**
   * The same for a token of ours that may be meant for anybody: introspection, revocation, exchange.
   *
   * @throws TokenRefused when the token is not good.
   * @throws RevocationStateStale when that cannot be known now.
   */
  verifyForAnyone(token: string): VerifiedToken {
    return this.run(token, undefined);
  }

  /**
   * Takes every step that can be taken, the same ones, and says how each went. The first fault is the
   * one that `verify` refuses at. For explanations; nobody is let in by it.
   */
  inspect(token: string, audiences: readonly string[] | undefined): Inspection {
    const attempt = attemptAt(token, audiences);
    let isWrong = false;
    const steps = VERIFICATION_STEPS.map((step): StepResult => {
      // Once there are claims that the signature vouches for, the other steps do not need each other.
      if (isWrong && attempt.verified === undefined) return { step, skipped: true };
      const fault = this.steps.take(step, attempt);
      if (fault === undefined) return { step, skipped: false };
      isWrong = true;
      return { step, fault, skipped: false };
    });
    return { attempt, steps };
  }

  /**
   * What the token says, when we issued it: signature, claims and issuer are good. Neither time nor
   * revocation is looked at, so it opens no door. Whoever revokes wants to know just this: a token that
   * is not valid yet, by this replica's clock, will be.
   *
   * @throws TokenRefused when the token is not ours.
   */
  recognise(token: string): VerifiedToken {
    const attempt = attemptAt(token, undefined);
    for (const step of ['size', ...CONTENT_STEPS] as const) this.expect(step, attempt);
    return verifiedOf(attempt);
  }

  private run(token: string, audiences: readonly string[] | undefined): VerifiedToken {
    const attempt = attemptAt(token, audiences);
    this.expect('size', attempt);
    this.forgetOldKeys();
    const key = VerifiedTokenCache.keyOf(token);
    const cached = this.cache.get(key);
    if (cached === undefined) for (const step of CONTENT_STEPS) this.expect(step, attempt);
    else attempt.verified = cached;
    for (const step of MOMENT_STEPS) this.expect(step, attempt);
    const verified = verifiedOf(attempt);
    if (cached === undefined) this.cache.put(key, verified);
    return verified;
  }

  /** What was verified before the keys changed may have been verified with one that is gone. */
  private forgetOldKeys(): void {
    const { keyGeneration } = this.steps;
    if (this.seenGeneration === keyGeneration) return;
    this.cache.clear();
    this.seenGeneration = keyGeneration;
  }

  private expect(step: VerificationStep, attempt: Attempt): void {
    const fault = this.steps.take(step, attempt);
    if (fault === 'stale') throw new RevocationStateStale();
    if (fault !== undefined) throw new TokenRefused(step, fault);
  }
}
