import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyAttempts } from '../../auth/auth.errors.js';
import { DatabaseRateLimiter } from '../../auth/throttling/database-rate-limiter.js';
import { sourceOf } from '../../auth/throttling/source.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';

/** A client that shows something to prove who it is, from somewhere. */
export interface ClientAttempt {
  /** Which client, and a mark of its credential; nothing is known about either. */
  readonly shown: string;
  readonly ip: string;
}

/** Sources that are remembered as blocked; beyond that, those blocked first are asked about again. */
const BLOCKED_MAX = 10_000;

/**
 * Counts client authentications that fail: per credential and source, and per source. The counts are
 * shared by all replicas. Each replica remembers who has used theirs up, and asks nobody as long as
 * nothing fails: services ask for tokens all day, and secrets cannot be guessed, so it is the work and
 * the audit log that need a limit.
 *
 * The narrow budget comes first, and what it refuses does not count towards the wide one: an instance
 * that goes on with an old secret takes neither its siblings, who have the new one, nor its neighbours
 * behind the same address along.
 */
@Injectable()
export class ClientThrottle {
  private readonly credential: DatabaseRateLimiter;
  private readonly source: DatabaseRateLimiter;
  /** Until when, on the monotonic clock; in the order of blocking. */
  private readonly blocked = new Map<string, number>();

  constructor(
    database: Database,
    private readonly clock: Clock,
    @Inject(SETTINGS)
    settings: Pick<Settings, 'loginPairAttempts' | 'loginSourceAttempts' | 'loginWindow'>,
  ) {
    const limiter = (keyPrefix: string, points: number) =>
      new DatabaseRateLimiter(database, clock, {
        keyPrefix,
        points,
        windowMs: settings.loginWindow,
      });
    this.credential = limiter('client-credential', settings.loginPairAttempts);
    this.source = limiter('client-source', settings.loginSourceAttempts);
  }

  /** @throws TooManyAttempts when a budget is known to be used up. */
  admit(attempt: ClientAttempt): void {
    const keys = keysOf(attempt);
    for (const key of [keys.credential, keys.source]) {
      const left = (this.blocked.get(key) ?? 0) - this.clock.monotonic();
      if (left > 0) throw new TooManyAttempts(left);
      this.blocked.delete(key);
    }
  }

  /** Counts a failure. @throws TooManyAttempts when it was one too many. */
  async fail(attempt: ClientAttempt): Promise<void> {
    const keys = keysOf(attempt);
    await this.take(this.credential, keys.credential);
    await this.take(this.source, keys.source);
  }

  private async take(limiter: DatabaseRateLimiter, key: string): Promise<void> {
    try {
      const { remainingPoints, msBeforeNext } = await limiter.consume(key);
      if (remainingPoints === 0) this.block(key, msBeforeNext); // that was the last one
    } catch (error) {
      // The library rejects with its result when the budget is used up, and with an Error when the store failed.
      if (!(error instanceof RateLimiterRes)) throw error;
      this.block(key, error.msBeforeNext);
      throw new TooManyAttempts(error.msBeforeNext);
    }
  }

  private block(key: string, forMs: number): void {
    const [oldest] = this.blocked.keys();
    if (this.blocked.size >= BLOCKED_MAX && oldest !== undefined) this.blocked.delete(oldest);
    this.blocked.set(key, this.clock.monotonic() + forMs);
  }
}

/** A source and a hash look different, so the two kinds of key share one map. */
function keysOf({ shown, ip }: ClientAttempt) {
  const source = sourceOf(ip);
  return {
    source,
    credential: createHash('sha256').update(`${source} ${shown}`).digest('base64url'),
  };
}
