import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import type { Logger } from 'pino';
import { AuthenticationRequired, InvalidToken } from '../../access/access.errors.js';
import type { Principal } from '../../access/principal.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { bearerToken } from './bearer-token.js';
import type { HeaderSource } from './bearer-token.js';

/** Nest's mixin calls back with null for what is absent. */
type Verify = (
  request: HeaderSource,
  done: (error: unknown, principal: Principal | null) => void,
) => void;

/**
 * A Passport strategy for bearer tokens. Not `passport-jwt`: that ignores text after the token, checks
 * neither `typ` nor `crit`, and verifies every token anew (docs/adr/0003-own-jwt-strategy.md).
 */
class BearerStrategy extends passport.Strategy {
  constructor(private readonly verifyRequest: Verify) {
    super();
  }

  override authenticate(request: unknown): void {
    // Passport's types know Express only; Fastify's request has what `HeaderSource` names.
    this.verifyRequest(request as HeaderSource, (error, principal) => {
      if (principal === null) this.error(error);
      else this.success(principal);
    });
  }
}

/** Validates access tokens. */
@Injectable()
export class JwtStrategy extends PassportStrategy(BearerStrategy, 'jwt') {
  private readonly refusals;

  constructor(
    private readonly verifier: TokenVerifier,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    super();
    this.refusals = metrics.counter(
      'signet_tokens_refused_total',
      'Access tokens refused, by the step that failed',
      ['step'],
    );
  }

  validate(request: HeaderSource): Principal {
    const token = bearerToken(request);
    if (token === undefined) throw new AuthenticationRequired();
    try {
      return this.verifier.verify(token);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      this.refusals.inc({ step: error.step });
      this.log.debug({ step: error.step }, 'Access token refused');
      throw new InvalidToken();
    }
  }
}
