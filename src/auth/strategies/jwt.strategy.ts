import { Inject, Injectable } from '@nestjs/common';
import { Strategy } from 'passport';
import type { Logger } from 'pino';
import { AuthenticationRequired, InvalidToken } from '../../access/access.errors.js';
import type { Principal } from '../../access/principal.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { CsrfService } from '../cookies/csrf.service.js';
import type { GuardedRequest } from '../cookies/csrf.service.js';
import { AccessTokens } from './access-token.js';
import type { HeaderSource } from './bearer-token.js';

/** What this strategy reads of a request. */
type TokenRequest = HeaderSource & GuardedRequest;

/** What a route may ask of this strategy. */
export interface JwtOptions {
  /** Ignores cookies. */
  readonly headerOnly?: boolean;
}

/**
 * A Passport strategy for access tokens. Not `passport-jwt`: that ignores text after the token, checks
 * neither `typ` nor `crit`, and verifies every token anew (docs/adr/0003-own-jwt-strategy.md). Nor Nest's
 * mixin, which waits for a promise where there is nothing to wait for.
 */
@Injectable()
export class JwtStrategy extends Strategy {
  private readonly refusals;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly verifier: TokenVerifier,
    private readonly csrf: CsrfService,
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

  override authenticate(request: unknown, options: JwtOptions): void {
    // Passport's types know Express only; Fastify's request has what `TokenRequest` names.
    this.success(this.validate(request as TokenRequest, options));
  }

  private validate(request: TokenRequest, { headerOnly = false }: JwtOptions): Principal {
    const presented = this.tokens.of(request, headerOnly);
    if (presented === undefined) throw new AuthenticationRequired();
    const principal = this.verify(presented.token);
    if (presented.location === 'cookie') this.csrf.protect(request, principal.sessionId);
    return principal;
  }

  private verify(token: string): Principal {
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
