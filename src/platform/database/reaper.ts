import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ExpiryClock } from '../expiry-clock.js';
import type { Database } from './database.js';

/** A table whose rows are worthless once the instant in `column` is more than `keepFor` ms ago. */
export interface Perishable {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  readonly keepFor: number;
}

const BATCH = 500;
const PAUSE_MS = 20;

/** Removes expired rows in small batches: short locks, and room for others in between. */
export class Reaper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly expiry: ExpiryClock,
    private readonly log: Logger,
    private readonly perishables: readonly Perishable[],
    private readonly intervalMs: number,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = setInterval(() => {
      this.running ??= this.reap()
        .catch((error: unknown) => {
          this.log.warn({ err: error }, 'Removing expired rows failed');
        })
        .finally(() => (this.running = undefined));
    }, this.intervalMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Removes everything that has expired by every clock. */
  async reap(): Promise<void> {
    for (const { table, key, column, keepFor } of this.perishables) {
      const before = this.expiry.at(await this.database.now()) - keepFor;
      let removed = BATCH;
      while (removed === BATCH && !this.stopped) {
        // The inner SELECT twice over: MySQL refuses to read directly from the table that it deletes from.
        removed = await this.database.execute(
          `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM (
             SELECT ${key} FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ${BATCH}) AS expired)`,
          [before],
        );
        if (removed === BATCH) await sleep(PAUSE_MS);
      }
    }
  }
}
