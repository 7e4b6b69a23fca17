import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { KeyMaintenance } from '../keys/key-maintenance.js';
import { KeyRing } from '../keys/key-ring.js';
import { Resealing } from '../keys/resealing.js';
import { ServerSecrets } from '../keys/server-secrets.js';
import { Clock } from '../platform/clock.js';
import { Database, WatchDatabase } from '../platform/database/database.js';
import { isUnavailable } from '../platform/database/database-errors.js';
import { Reaper } from '../platform/database/reaper.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { LOGGER } from '../platform/logger.js';
import { RevocationBus } from '../revocation/bus/revocation-bus.js';
import { HistoryLost } from '../revocation/known-history.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';

/** Brings the schema up to date; given from above, since this folder stands below `schema`. */
export type PrepareSchema = (database: Database, clock: Clock) => Promise<void>;
export const PREPARE_SCHEMA = Symbol('PREPARE_SCHEMA');

const DAY = 86_400_000;
const REAP_EVERY = 60_000;
const RETRY_AFTER_MS = [200, 500, 1000, 2000, 3000];

/**
 * What must have happened before this replica is ready: database, schema, keys, revocations. A
 * database that is down is waited for, with the process alive and not ready, and so is the end of a
 * restore; anything else that fails is an error of configuration and ends the process.
 */
@Injectable()
export class Startup implements OnApplicationShutdown {
  private readonly reaper: Reaper;
  private stopping = false;
  private completed = false;

  constructor(
    private readonly database: Database,
    private readonly watch: WatchDatabase,
    private readonly resealing: Resealing,
    private readonly keyRing: KeyRing,
    private readonly maintenance: KeyMaintenance,
    private readonly secrets: ServerSecrets,
    private readonly feed: RevocationFeed,
    private readonly bus: RevocationBus,
    private readonly clock: Clock,
    expiry: ExpiryClock,
    @Inject(PREPARE_SCHEMA) private readonly prepareSchema: PrepareSchema,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.reaper = new Reaper(
      database,
      expiry,
      log,
      [
        { table: 'revoked_tokens', key: 'revision', column: 'expires_at', keepFor: 0 },
        { table: 'revocation_readings', key: 'id', column: 'reached_at', keepFor: DAY },
        { table: 'revocation_readers', key: 'id', column: 'seen_at', keepFor: 7 * DAY },
        { table: 'throttle_counters', key: 'id', column: 'expires_at', keepFor: 0 },
        { table: 'client_assertions', key: 'id', column: 'expires_at', keepFor: 0 },
        // Kept for a while, so that people see why a service is refused; those without an end are no part of it.
        { table: 'service_credentials', key: 'id', column: 'expires_at', keepFor: 30 * DAY },
        // Kept for a while, so that a client is told why its session is over.
        { table: 'sessions', key: 'id', column: 'idle_expires_at', keepFor: DAY },
      ],
      REAP_EVERY,
    );
  }

  /** Whether start-up was over once: from then on requests are answered, also while shutting down. */
  get hasCompleted(): boolean {
    return this.completed;
  }

  /** Whether start-up is over and shutdown has not begun. */
  get isComplete(): boolean {
    return this.completed && !this.stopping;
  }

  /** Says that shutdown begins: not ready any more, though requests are still answered. */
  beginShutdown(): void {
    this.stopping = true;
  }

  /** Resolves when the replica is ready. @throws Error that waiting does not mend. */
  async run(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.attempt();
        this.completed = true;
        return;
      } catch (error) {
        const isLost = error instanceof HistoryLost;
        if (this.stopping || !(isLost || isUnavailable(error))) throw error;
        const wait = RETRY_AFTER_MS[Math.min(attempt, RETRY_AFTER_MS.length - 1)];
        const sentence = isLost ? error.message : 'The database cannot be reached yet';
        this.log.warn({ err: error, retryInMs: wait }, sentence);
        await sleep(wait);
        // What was given up must not open a connection that nobody closes.
        if (this.isGivenUp()) throw error;
      }
    }
  }

  /** A question of its own, since the answer changes while it is waited. */
  private isGivenUp(): boolean {
    return this.stopping;
  }

  /** Opens the database, and brings it to this version's schema. */
  async open(): Promise<void> {
    for (const { dataSource } of [this.database, this.watch]) {
      if (!dataSource.isInitialized) await dataSource.initialize();
    }
    await this.prepareSchema(this.database, this.clock);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.reaper.stop();
    await this.maintenance.stop();
    this.bus.stop();
    await this.feed.stop();
    for (const { dataSource } of [this.watch, this.database]) {
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  }

  private async attempt(): Promise<void> {
    await this.open();
    await this.maintenance.ensure();
    await this.resealing.run();
    await this.secrets.load();
    // Each poll that finds the keys changed reads them, the first one included.
    this.feed.whenKeysChange(() => this.keyRing.load());
    await this.feed.start();
    await this.maintenance.rememberCompromised();
    this.bus.start();
    this.reaper.start();
    this.maintenance.start();
  }
}
