import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { isDuplicate } from '../../platform/database/database-errors.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { RevocationFeed } from '../revocation-feed.js';
import { RevocationReader } from './revocation-reader.entity.js';
import type { ReaderType } from './revocation-reader.entity.js';
import { RevocationReading } from './revocation-reading.entity.js';

const WRITE_EVERY_MS = 500;
/** How often a reader that goes on, and reads nothing new, is noted. */
export const SEEN_EVERY_MS = 10_000;
/** How often the same is noted again: what was noted is forgotten after a day. */
const AGAIN_EVERY_MS = 6 * 3_600_000;
/** What is remembered of what was written; above it some is written twice. */
const REMEMBERED_MAX = 100_000;
/**
 * Readings that wait for the database; above it the oldest are dropped, and nobody is taken to have read them.
 * All go into one INSERT of five values each, and SQLite takes 32,766.
 */
const WAITING_MAX = 5000;

type Reader = Pick<RevocationReader, 'id' | 'type' | 'name'>;

/**
 * Writes down who has taken in which revisions, for whoever revokes and wants to be certain. Behind what it
 * is about, by up to half a second, and never in its way: when it fails, less is known and all else works.
 */
@Injectable()
export class ProgressRecorder implements OnModuleDestroy {
  private readonly replica: Reader;
  /** The newest revision by reader and document. */
  private readonly reached = new Map<string, { revision: number; againAt: number }>();
  /** When each reader was last noted, on the monotonic clock. */
  private readonly seen = new Map<string, number>();
  private readonly present = new Map<string, Reader>();
  private readings: RevocationReading[] = [];
  private readonly dropped;
  private readonly timer: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    feed: RevocationFeed,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(SETTINGS) { port }: Pick<Settings, 'port'>,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.dropped = metrics.counter(
      'signet_revocation_readings_dropped_total',
      'Readings of revocations that were not written down since too many waited.',
    );
    this.replica = {
      id: randomUUID(),
      type: 'replica',
      name: `${hostname()}:${port}`.slice(0, 128),
    };
    feed.follow((_, upTo, now) => {
      this.note(this.replica, '', upTo, now);
    });
    this.timer = setInterval(() => {
      this.writing = this.writing.then(() => this.write());
    }, WRITE_EVERY_MS);
    this.timer.unref();
  }

  /** Notes that a consumer was given a document with everything up to the revision. */
  consumed(serviceAccountId: string, document: string, revision: number): void {
    const consumer = { id: serviceAccountId, type: 'consumer', name: '' } as const;
    this.note(consumer, document, revision, this.clock.now());
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    if (!this.database.dataSource.isInitialized) return;
    await this.write();
    // Nobody waits for a replica that has ended. One that was killed is forgotten when it is not seen.
    await this.database
      .repository(RevocationReader)
      .delete({ id: this.replica.id })
      .catch(this.warn);
  }

  private note(reader: Reader, document: string, revision: number, at: number): void {
    this.present.set(reader.id, reader);
    const key = keyOf(reader.id, document);
    const noted = this.reached.get(key);
    const now = this.clock.monotonic();
    if (noted !== undefined && noted.revision >= revision && now < noted.againAt) return;
    if (this.reached.size >= REMEMBERED_MAX) this.reached.clear();
    this.reached.set(key, { revision, againAt: now + AGAIN_EVERY_MS });
    this.readings.push({
      id: randomUUID(),
      readerId: reader.id,
      document,
      revision,
      reachedAt: at,
    });
    this.dropSurplus();
  }

  private dropSurplus(): void {
    const dropped = this.readings.splice(0, this.readings.length - WAITING_MAX);
    // Whoever reads that again is noted then.
    for (const { readerId, document } of dropped) this.reached.delete(keyOf(readerId, document));
    this.dropped.inc(dropped.length);
  }

  /** Never rejects: what could not be written is written with the next. */
  private async write(): Promise<void> {
    const readings = this.readings;
    const now = this.clock.monotonic();
    const haveRead = new Set(readings.map(({ readerId }) => readerId));
    const readers = [...this.present.values()].filter(
      ({ id }) => haveRead.has(id) || now - (this.seen.get(id) ?? -Infinity) >= SEEN_EVERY_MS,
    );
    if (readers.length === 0) return;
    this.readings = [];
    this.present.clear();
    this.present.set(this.replica.id, this.replica);
    try {
      await this.database.transaction(async () => {
        if (readings.length > 0) await this.store(readings);
        // In one order, so that two replicas that saw the same consumers do not deadlock.
        for (const reader of readers.sort(byId)) await this.see(reader);
      });
      for (const { id } of readers) this.seen.set(id, now);
    } catch (error) {
      this.readings = [...readings, ...this.readings];
      this.dropSurplus();
      this.warn(error);
    }
  }

  /** What is there already was stored before, and the answer to that was lost. */
  private async store(readings: readonly RevocationReading[]): Promise<void> {
    const insert = this.database.repository(RevocationReading).createQueryBuilder().insert();
    await insert
      .values([...readings])
      .orIgnore()
      .updateEntity(false)
      .execute();
  }

  private async see({ id, type, name }: Reader): Promise<void> {
    const databaseNow = this.database.nowSql;
    const known = await this.database.execute(
      `UPDATE revocation_readers SET seen_at = ${databaseNow} WHERE id = ?`,
      [id],
    );
    if (known === 0) await this.introduce(id, type, name);
  }

  private async introduce(id: string, type: ReaderType, name: string): Promise<void> {
    const seenAt = await this.database.now();
    try {
      await this.database.repository(RevocationReader).insert({ id, type, name, seenAt });
    } catch (error) {
      if (!isDuplicate(error)) throw error; // another replica has just seen the same consumer
    }
  }

  // Not a method: it is handed on.
  private readonly warn = (error: unknown): void => {
    this.log.warn({ err: error }, 'Who has taken in which revocations could not be written');
  };
}

function keyOf(readerId: string, document: string): string {
  return `${readerId} ${document}`;
}

function byId(a: Reader, b: Reader): number {
  return a.id < b.id ? -1 : 1;
}
