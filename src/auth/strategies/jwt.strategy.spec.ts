import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { AuthenticationRequired, InvalidToken } from '../../access/access.errors.js';
import type { Principal } from '../../access/principal.js';
import { Metrics } from '../../platform/metrics.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { TokenRefused } from '../../tokens/token-verifier.js';
import { VERIFICATION_STEPS } from '../../tokens/verification-steps.js';
import type { TokenVerifier } from '../../tokens/token-verifier.js';
import { CsrfFailed } from '../cookies/cookies.errors.js';
import type { CsrfService } from '../cookies/csrf.service.js';
import type { AccessTokens, PresentedToken } from './access-token.js';
import { JwtStrategy } from './jwt.strategy.js';
import type { JwtOptions } from './jwt.strategy.js';
import { decide } from './run-strategy.js';

const ADA = { id: 'ada', sessionId: 'session' } as Principal; // no more of it is looked into

class FakeTokens implements Pick<AccessTokens, 'of'> {
  presented: PresentedToken | undefined = { token: 'a.b.c', location: 'header' };
  headerOnly: boolean | undefined;
  of(_request: unknown, headerOnly: boolean): PresentedToken | undefined {
    this.headerOnly = headerOnly;
    return this.presented;
  }
}

class FakeCsrf implements Pick<CsrfService, 'protect'> {
  readonly protected: string[] = [];
  isForged = false;
  protect(_request: unknown, sessionId: string): void {
    this.protected.push(sessionId);
    if (this.isForged) throw new CsrfFailed();
  }
}

class FakeVerifier implements Pick<TokenVerifier, 'verify'> {
  error: Error | undefined;
  readonly seen: string[] = [];
  verify(token: string): Principal {
    this.seen.push(token);
    if (this.error !== undefined) throw this.error;
    return ADA;
  }
}

describe('JwtStrategy', () => {
  let tokens: FakeTokens;
  let verifier: FakeVerifier;
  let csrf: FakeCsrf;
  let metrics: Metrics;
  let strategy: JwtStrategy;
  beforeEach(() => {
    tokens = new FakeTokens();
    verifier = new FakeVerifier();
    csrf = new FakeCsrf();
    metrics = new Metrics();
    strategy = new JwtStrategy(
      tokens as unknown as AccessTokens, // the strategy calls only what the fakes have
      verifier as unknown as TokenVerifier,
      csrf as unknown as CsrfService,
      pino({ enabled: false }),
      metrics,
    );
  });

  const run = (options: JwtOptions = {}) =>
    decide(strategy, { headers: {}, method: 'POST' }, options);

  it('lets in whoever the verifier knows', () => {
    expect(run()).toBe(ADA);
    expect(verifier.seen).toEqual(['a.b.c']);
    expect(csrf.protected).toEqual([]);
  });

  it('asks for a token when none was sent', () => {
    tokens.presented = undefined;
    expect(run).toThrow(AuthenticationRequired);
    expect(verifier.seen).toEqual([]);
  });

  it('hands on that a route takes the header only', () => {
    run();
    expect(tokens.headerOnly).toBe(false);
    run({ headerOnly: true });
    expect(tokens.headerOnly).toBe(true);
  });

  it('wants more than a cookie, for the session of the token in it', () => {
    tokens.presented = { token: 'a.b.c', location: 'cookie' };
    expect(run()).toBe(ADA);
    expect(csrf.protected).toEqual(['session']);
    csrf.isForged = true;
    expect(run).toThrow(CsrfFailed);
  });

  it('does not look for more when the token in the cookie is not good', () => {
    tokens.presented = { token: 'a.b.c', location: 'cookie' };
    verifier.error = new TokenRefused('signature');
    csrf.isForged = true;
    expect(run).toThrow(InvalidToken);
  });

  it('answers alike whatever is wrong with a token, and counts the step for us', async () => {
    const answers = new Set<string>();
    for (const step of VERIFICATION_STEPS) {
      verifier.error = new TokenRefused(step);
      expect(run).toThrow(InvalidToken);
      try {
        run();
      } catch (refusal) {
        answers.add(JSON.stringify(refusal));
      }
    }
    expect(answers.size).toBe(1);
    const counted = await metrics.registry.getSingleMetricAsString('signet_tokens_refused_total');
    for (const step of VERIFICATION_STEPS) expect(counted).toContain(`{step="${step}"} 2`);
  });

  it('does not make a 401 of what is our own trouble', () => {
    for (const error of [new RevocationStateStale(), new TypeError('a bug')]) {
      verifier.error = error;
      expect(run).toThrow(error);
    }
  });
});
