import { RateLimiterRes } from 'rate-limiter-flexible';
import RateLimiterStoreAbstract from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database/database.js';

interface Counter {
  readonly points: number;
  readonly expiresAt: number;
}

export interface LimiterOptions {
  /** Points that a key has in a window. */
  readonly points: number;
  readonly windowMs: number;
  readonly keyPrefix: string;
}

/**
 * rate-limiter-flexible on our own database, shared by all replicas. The library's own SQL stores want
 * the driver's connection: on SQLite their writes would join, and be rolled back with, whatever
 * transaction happens to be open. The methods with an underscore are the library's names for a store.
 */
export class DatabaseRateLimiter extends RateLimiterStoreAbstract {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    { points, windowMs, keyPrefix }: LimiterOptions,
  ) {
    super({ storeClient: database, points, duration: windowMs / 1000, keyPrefix });
  }

  /** One statement decides, so parallel attempts cannot all read the same count; then the count is read back. */
  _upsert(key: string, points: number, windowMs: number, forceExpire: boolean): Promise<Counter> {
    const now = this.clock.now();
    const expiresAt = now + windowMs;
    return this.database.transaction(async () => {
      const restart = forceExpire ? '1 = 1' : 'expires_at <= ?';
      const restartParameters = forceExpire ? [] : [now];
      await this.database.execute(
        this.database.dialect === 'sqlite'
          ? `INSERT INTO throttle_counters (id, points, expires_at) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
               points = CASE WHEN ${restart} THEN excluded.points ELSE points + excluded.points END,
               expires_at = CASE WHEN ${restart} THEN excluded.expires_at ELSE expires_at END`
          : // MariaDB assigns from left to right, so the expiry that the first test reads must be set last.
            `INSERT INTO throttle_counters (id, points, expires_at) VALUES (?, ?, ?)
             ON DUPLICATE KEY UPDATE
               points = CASE WHEN ${restart} THEN VALUES(points) ELSE points + VALUES(points) END,
               expires_at = CASE WHEN ${restart} THEN VALUES(expires_at) ELSE expires_at END`,
        [key, points, expiresAt, ...restartParameters, ...restartParameters],
      );
      const counter = await this._get(key);
      return counter ?? { points, expiresAt };
    });
  }

  /**
   * Gives a point back that was taken. Not the library's `reward`, which opens a window where there is none,
   * with a point to spare: what was taken in a window that is over is forgotten already.
   */
  async giveBack(key: string): Promise<void> {
    await this.database.execute(
      'UPDATE throttle_counters SET points = points - 1 WHERE id = ? AND expires_at > ? AND points > 0',
      [this.getKey(key), this.clock.now()],
    );
  }

  async _get(key: string): Promise<Counter | null> {
    const [row] = await this.database.select<{ points: number; expiresAt: number | string }>(
      'SELECT points AS points, expires_at AS expiresAt FROM throttle_counters WHERE id = ? AND expires_at > ?',
      [key, this.clock.now()],
    );
    return row === undefined ? null : { points: row.points, expiresAt: Number(row.expiresAt) };
  }

  async _delete(key: string): Promise<boolean> {
    return (await this.database.execute('DELETE FROM throttle_counters WHERE id = ?', [key])) > 0;
  }

  _getRateLimiterRes(_key: string, changedPoints: number, counter: Counter): RateLimiterRes {
    const remaining = Math.max(this.points - counter.points, 0);
    const msBeforeNext = Math.max(counter.expiresAt - this.clock.now(), 0);
    return new RateLimiterRes(
      remaining,
      msBeforeNext,
      counter.points,
      changedPoints === counter.points,
    );
  }
}
