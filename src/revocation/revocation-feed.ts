import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { WatchDatabase } from '../platform/database/database.js';
import { nowMillisSql } from '../platform/database/dialect.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { LOGGER } from '../platform/logger.js';
import { HEAD_ID } from './revocation-head.entity.js';
import { RevocationIndex } from './revocation-index.js';
import type { IndexedRevocation } from './revocation-index.js';
import type { RevocationKind } from './revocation.js';

interface RevokedRow extends Pick<IndexedRevocation, 'kind' | 'subject'> {
  readonly revision: RawNumber;
  readonly statusIndex: RawNumber | null;
  readonly minVersion: RawNumber | null;
  readonly expiresAt: RawNumber;
}

interface HeadRow {
  readonly revision: RawNumber;
  readonly keysVersion: RawNumber;
  readonly nextStatusIndex: RawNumber;
  readonly now: RawNumber;
}

/** A revocation that the feed has passed. */
export interface PassedRevocation extends IndexedRevocation {
  readonly revision: number;
  readonly statusIndex: number | null;
}

/**
 * Told of revocations in the order of their revisions, each once; everything up to `upTo` was told then.
 * Now and then of none, so that time passes. `now` is by the database's clock.
 */
export type Follower = (passed: readonly PassedRevocation[], upTo: number, now: number) => void;

const BATCH = 5000;
/** Of a part of the index: all of it is swept within ten. */
const SWEEP_EVERY_MS = 1000;

/**
 * Keeps the index true: loads it before the replica is ready, then asks the database for what other
 * replicas revoked, and knows how old its knowledge is.
 *
 * Staleness is counted by the monotonic clock from the moment a poll *began*: whatever was committed
 * before that moment is in the index. No wall clock takes part, so no clock difference can stretch the bound.
 */
@Injectable()
export class RevocationFeed {
  private seenRevision = 0;
  private seenKeysVersion: number | undefined;
  private seenNextStatusIndex = 0;
  private readonly followers: Follower[] = [];
  private readKeys: () => Promise<void> = () => Promise.resolve();
  /** Monotonic time up to which every committed revocation is known; undefined before the first load. */
  private confirmedAt: number | undefined;
  private sweptAt = 0;
  /** The database has forgotten revocations that were known here: nothing it says can be trusted until a restart. */
  private isHistoryLost = false;
  private isRunning = false;
  private timer: NodeJS.Timeout | undefined;
  private lastPoll: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: WatchDatabase,
    private readonly index: RevocationIndex,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Milliseconds by which the index may lag behind the database; infinite before the first load. */
  get staleness(): number {
    return this.confirmedAt === undefined ? Infinity : this.clock.monotonic() - this.confirmedAt;
  }

  /** The newest revision that this replica knows everything up to. */
  get revision(): number {
    return this.seenRevision;
  }

  /** The first status index that no replica had leased at the last poll. */
  get nextStatusIndex(): number {
    return this.seenNextStatusIndex;
  }

  /** Whether the bound holds now. */
  get isFresh(): boolean {
    return !this.isHistoryLost && this.staleness <= this.settings.revocationMaxStaleness;
  }

  /** Whether tokens may be judged by the index now: only when the bound holds (fail closed), unless configured otherwise. */
  get isTrusted(): boolean {
    if (this.isFresh) return true;
    const isOpen = this.settings.revocationFailOpen && !this.isHistoryLost;
    return isOpen && this.confirmedAt !== undefined;
  }

  /** Has `read` called by the poll that finds the signing keys changed, and by the first one. */
  whenKeysChange(read: () => Promise<void>): void {
    this.readKeys = read;
  }

  /**
   * Has `follower` told what the feed passes, from now on. In order, unlike the index, which takes in at
   * once what this replica revokes: whoever says "all up to this revision" must have seen those before it.
   */
  follow(follower: Follower): void {
    this.followers.push(follower);
  }

  /** Loads everything and goes on polling until `stop`. */
  async start(): Promise<void> {
    clearTimeout(this.timer);
    this.isRunning = true;
    await this.poll();
    this.schedule();
  }

  /** Stops polling; resolves when no poll is under way. */
  async stop(): Promise<void> {
    this.isRunning = false;
    clearTimeout(this.timer);
    await this.lastPoll.catch(() => undefined); // whoever asked for that poll was told
  }

  /** Takes in everything committed before this call. Polls take turns: the position moves forward only. */
  poll(): Promise<void> {
    const takeTurn = () => this.pollNow();
    this.lastPoll = this.lastPoll.then(takeTurn, takeTurn);
    return this.lastPoll;
  }

  private async pollNow(): Promise<void> {
    const began = this.clock.monotonic();
    const [head] = await this.database.select<HeadRow>(
      `SELECT revision, COALESCE(keys_version, 0) AS keysVersion, ${nowMillisSql(this.database.dialect)} AS now,
         COALESCE((SELECT MAX(next_index) FROM status_index_head), 0) AS nextStatusIndex
       FROM revocation_head WHERE id = ?`,
      [HEAD_ID],
    );
    if (head === undefined) throw new Error('The table revocation_head is empty');
    const [revision, databaseNow] = [Number(head.revision), Number(head.now)];
    if (revision < this.seenRevision) this.isHistoryLost = true;
    if (this.isHistoryLost) {
      // A restored backup. Remembered, since the new history will reach the old revision some day.
      throw new Error(
        `The revocation history went back from ${this.seenRevision} to ${revision}; restart when the restore is finished`,
      );
    }
    await this.takeIn(revision, databaseNow);
    this.seenNextStatusIndex = Number(head.nextStatusIndex);
    const keysVersion = Number(head.keysVersion);
    if (keysVersion !== this.seenKeysVersion) {
      // Before the poll counts: a replica that cannot read the keys falls behind, and fails closed.
      await this.readKeys();
      this.seenKeysVersion = keysVersion;
    }
    this.confirmedAt = began;
    if (began - this.sweptAt >= SWEEP_EVERY_MS) {
      // By the database's clock, which one replica's wrong clock cannot move.
      this.index.sweep(databaseNow);
      this.tell([], databaseNow);
      this.sweptAt = began;
    }
  }

  private async takeIn(upTo: number, databaseNow: number): Promise<void> {
    if (upTo - this.seenRevision > BATCH) await this.makeRoom(upTo, databaseNow);
    while (this.seenRevision < upTo) {
      const rows = await this.database.select<RevokedRow>(
        `SELECT revision, kind, subject, min_version AS minVersion, expires_at AS expiresAt,
           status_index AS statusIndex
         FROM revoked_tokens WHERE revision > ? AND revision <= ? AND expires_at >= ?
         ORDER BY revision LIMIT ${BATCH}`,
        [this.seenRevision, upTo, databaseNow],
      );
      const passed = rows.map(passedOf);
      for (const revocation of passed) this.index.add(revocation);
      const last = passed.length === BATCH ? passed.at(-1) : undefined;
      this.seenRevision = last?.revision ?? upTo;
      this.tell(passed, databaseNow);
    }
  }

  private tell(passed: readonly PassedRevocation[], databaseNow: number): void {
    for (const follower of this.followers) follower(passed, this.seenRevision, databaseNow);
  }

  private async makeRoom(upTo: number, databaseNow: number): Promise<void> {
    const counts = await this.database.select<{ kind: RevocationKind; count: RawNumber }>(
      `SELECT kind, COUNT(*) AS count FROM revoked_tokens
       WHERE revision > ? AND revision <= ? AND expires_at >= ? GROUP BY kind`,
      [this.seenRevision, upTo, databaseNow],
    );
    for (const { kind, count } of counts) this.index.reserve(kind, Number(count));
  }

  private schedule(): void {
    if (!this.isRunning) return;
    this.timer = setTimeout(() => {
      this.poll()
        .catch((error: unknown) => {
          this.log.warn(
            { err: error, stalenessMs: this.staleness },
            'Polling for revocations failed',
          );
        })
        .finally(() => {
          this.schedule();
        });
    }, this.settings.revocationPollInterval);
  }
}

function passedOf({ kind, subject, ...row }: RevokedRow): PassedRevocation {
  return {
    kind,
    subject,
    revision: Number(row.revision),
    minVersion: row.minVersion === null ? null : Number(row.minVersion),
    expiresAt: Number(row.expiresAt),
    statusIndex: row.statusIndex === null ? null : Number(row.statusIndex),
  };
}
