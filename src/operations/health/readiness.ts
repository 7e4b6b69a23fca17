import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { Database } from '../../platform/database/database.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import { Startup } from '../startup.js';
import type { CheckResult, ReadinessView } from './health.dto.js';

const DATABASE_DEADLINE_MS = 1000;

/** Decides whether this replica should get requests. */
@Injectable()
export class Readiness {
  /** One question at a time: whoever asks while it is open waits for the same answer, however many ask. */
  private asking: Promise<boolean> | undefined;

  constructor(
    private readonly startup: Startup,
    private readonly database: Database,
    private readonly keyRing: KeyRing,
    private readonly feed: RevocationFeed,
  ) {}

  async check(): Promise<ReadinessView> {
    const checks = {
      startup: result(this.startup.isComplete),
      database: result(await this.databaseAnswers()),
      keys: result(this.keyRing.isLoaded),
      revocations: result(this.feed.isFresh),
    };
    return { status: result(Object.values(checks).every((check) => check === 'ok')), checks };
  }

  private async databaseAnswers(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    const deadline = new AbortController();
    try {
      return await Promise.race([
        this.asking,
        sleep(DATABASE_DEADLINE_MS, false, { signal: deadline.signal }),
      ]);
    } finally {
      deadline.abort();
    }
  }

  private async ask(): Promise<boolean> {
    if (!this.database.dataSource.isInitialized) return false;
    try {
      await this.database.select('SELECT 1');
      return true;
    } catch {
      return false; // whatever is wrong with it, the answer is no; who uses it says why
    }
  }
}

function result(fine: boolean): CheckResult {
  return fine ? 'ok' : 'failing';
}
