import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { HashQueueFull } from '../../users/passwords/hash-queue.js';
import { TooManyAttempts } from '../auth.errors.js';
import { DatabaseRateLimiter } from './database-rate-limiter.js';
import { sourceOf } from './source.js';

/** An attempt to sign in, before anything of it is known to be true. */
export interface Attempt {
  /** The identifier in canonical form, of an account that may not exist. */
  readonly identifier: string;
  readonly ip: string;
}

/**
 * Counts sign-ins that may fail: per account and source, per account, per source. An attempt is paid
 * for before the password is looked at, so parallel ones cannot slip through, and is given back when it
 * succeeds. Identifiers are counted whether or not such an account exists, so the answers tell nothing.
 */
@Injectable()
export class LoginThrottle {
  private readonly pair: DatabaseRateLimiter;
  private readonly account: DatabaseRateLimiter;
  private readonly source: DatabaseRateLimiter;

  constructor(database: Database, clock: Clock, @Inject(SETTINGS) settings: Settings) {
    const limiter = (keyPrefix: string, points: number) =>
      new DatabaseRateLimiter(database, clock, {
        keyPrefix,
        points,
        windowMs: settings.loginWindow,
      });
    this.pair = limiter('login-pair', settings.loginPairAttempts);
    this.account = limiter('login-account', settings.loginAccountAttempts);
    this.source = limiter('login-source', settings.loginSourceAttempts);
  }

  /**
   * Takes one attempt from each budget.
   *
   * @param isKnownSource whether the account has had a session from there. Strangers may use up the
   *   account's budget; a source that the owner has signed in from is let through to its own.
   * @throws TooManyAttempts
   */
  async admit(attempt: Attempt, isKnownSource: () => Promise<boolean>): Promise<void> {
    const keys = keysOf(attempt);
    await take(this.source, keys.source);
    await take(this.pair, keys.pair);
    try {
      await take(this.account, keys.account);
    } catch (error) {
      if (!(error instanceof TooManyAttempts) || !(await isKnownSource())) throw error;
    }
  }

  /** Gives a successful attempt back; failures of this account from this source are forgotten. */
  async forgive(attempt: Attempt): Promise<void> {
    const keys = keysOf(attempt);
    await this.pair.delete(keys.pair);
    await this.giveBack(keys);
  }

  /** Judges an admitted attempt, and gives it back when the password hashing was too busy to do so. */
  async judging<T>(attempt: Attempt, judge: () => Promise<T>): Promise<T> {
    try {
      return await judge();
    } catch (error) {
      if (error instanceof HashQueueFull) {
        const keys = keysOf(attempt);
        await this.pair.reward(keys.pair);
        await this.giveBack(keys);
      }
      throw error;
    }
  }

  private async giveBack(keys: ReturnType<typeof keysOf>): Promise<void> {
    await this.account.reward(keys.account);
    await this.source.reward(keys.source);
  }
}

/** @throws TooManyAttempts */
async function take(limiter: DatabaseRateLimiter, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    // The library rejects with its result when the budget is used up, and with an Error when the store failed.
    if (error instanceof RateLimiterRes) throw new TooManyAttempts(error.msBeforeNext);
    throw error;
  }
}

/** Hashed, so that the table holds no list of who signs in here, nor an identifier of any length. */
function keysOf({ identifier, ip }: Attempt) {
  const source = sourceOf(ip);
  const account = createHash('sha256').update(identifier).digest('base64url');
  const pair = createHash('sha256').update(`${source} ${identifier}`).digest('base64url');
  return { source, account, pair };
}
