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

  constructor(
    private readonly database: Database,
    clock: Clock,
    @Inject(SETTINGS) settings: Settings,
  ) {
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
   * Takes one attempt from each budget, in one transaction: each commit by itself would wait for the disk.
   *
   * @param isKnownSource whether the account has had a session from there. Strangers may use up the
   *   account's budget; a source that the owner has signed in from is let through to its own.
   * @throws TooManyAttempts
   */
  async admit(attempt: Attempt, isKnownSource: () => Promise<boolean>): Promise<void> {
    const keys = keysOf(attempt);
    const refusal = await this.database.transaction(async () => {
      // What one budget was charged stays charged when the next is used up: hence no throw in here.
      const refused = (await take(this.source, keys.source)) ?? (await take(this.pair, keys.pair));
      if (refused !== undefined) return refused;
      const stranger = await take(this.account, keys.account);
      return stranger === undefined || (await isKnownSource()) ? undefined : stranger;
    });
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Gives a successful attempt back; failures of this account from this source are forgotten. Joins a
   * transaction that is open: best late in it, for all of one source wait for each other here.
   */
  async forgive(attempt: Attempt): Promise<void> {
    await this.giveBack(attempt, (pair) => this.pair.delete(pair));
  }

  /** Judges an admitted attempt, and gives it back when the password hashing was too busy to do so. */
  async judging<T>(attempt: Attempt, judge: () => Promise<T>): Promise<T> {
    try {
      return await judge();
    } catch (error) {
      if (error instanceof HashQueueFull) {
        await this.giveBack(attempt, (pair) => this.pair.giveBack(pair));
      }
      throw error;
    }
  }

  /** In the order of `admit`, so that no two wait for each other. */
  private async giveBack(
    attempt: Attempt,
    settlePair: (key: string) => Promise<unknown>,
  ): Promise<void> {
    const keys = keysOf(attempt);
    await this.database.transaction(async () => {
      await this.source.giveBack(keys.source);
      await settlePair(keys.pair);
      await this.account.giveBack(keys.account);
    });
  }
}

/** Takes a point; what it is refused with when there is none left. */
async function take(
  limiter: DatabaseRateLimiter,
  key: string,
): Promise<TooManyAttempts | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (error) {
    // The library rejects with its result when the budget is used up, and with an Error when the store failed.
    if (error instanceof RateLimiterRes) return new TooManyAttempts(error.msBeforeNext);
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
