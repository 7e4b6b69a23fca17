import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { AuthenticationRequired, InvalidToken } from '../../access/access.errors.js';
import type { Principal } from '../../access/principal.js';
import { Metrics } from '../../platform/metrics.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { TokenRefused } from '../../tokens/token-verifier.js';
import { VERIFICATION_STEPS } from '../../tokens/verification-steps.js';
import type { TokenVerifier } from '../../tokens/token-verifier.js';
import { JwtStrategy } from './jwt.strategy.js';
import { runStrategy } from './run-strategy.js';

const ADA = { id: 'ada' } as Principal; // handed through, not looked into

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
  let verifier: FakeVerifier;
  let metrics: Metrics;
  let strategy: JwtStrategy;
  beforeEach(() => {
    verifier = new FakeVerifier();
    metrics = new Metrics();
    strategy = new JwtStrategy(
      verifier as unknown as TokenVerifier, // the strategy calls `verify` only
      pino({ enabled: false }),
      metrics,
    );
  });

  const run = (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const request = { headers, raw: { rawHeaders: Object.entries(headers).flat() } };
    return runStrategy<Principal>(strategy, request, {});
  };

  it('lets in whoever the verifier knows', async () => {
    expect(await run('Bearer a.b.c')).toBe(ADA);
    expect(verifier.seen).toEqual(['a.b.c']);
  });

  it('asks for a token when none was sent', async () => {
    await expect(run()).rejects.toThrow(AuthenticationRequired);
    await expect(run('Basic YTpi')).rejects.toThrow(AuthenticationRequired);
    expect(verifier.seen).toEqual([]);
  });

  it('answers alike whatever is wrong with a token, and counts the step for us', async () => {
    const answers = new Set<string>();
    for (const step of VERIFICATION_STEPS) {
      verifier.error = new TokenRefused(step);
      const error: unknown = await run('Bearer a.b.c').catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(InvalidToken);
      answers.add(JSON.stringify(error));
    }
    expect(answers.size).toBe(1);
    const counted = await metrics.registry.getSingleMetricAsString('signet_tokens_refused_total');
    for (const step of VERIFICATION_STEPS) expect(counted).toContain(`{step="${step}"} 1`);
  });

  it('does not make a 401 of what is our own trouble', async () => {
    for (const error of [new RevocationStateStale(), new TypeError('a bug')]) {
      verifier.error = error;
      await expect(run('Bearer a.b.c')).rejects.toBe(error);
    }
  });
});
