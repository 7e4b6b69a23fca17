import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { currentTransaction } from '../platform/database/transaction-context.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { LOGGER } from '../platform/logger.js';
import { HistoryMark } from './history-mark.js';
import { KnownHistory } from './known-history.js';
import { RevisionNotReached, RevocationStateStale } from './revocation.errors.js';
import { RevocationIndex } from './revocation-index.js';
import { RevocationsRepository } from './revocations.repository.js';
import type { Batch, PassedRevocation } from './revocations.repository.js';

/**
 * Told of revocations in the order of their revisions, each once; everything up to `upTo` was told then.
 * Now and then of none, so that time passes. `now` is by the database's clock.
 */
export type Follower = (passed: readonly PassedRevocation[], upTo: number, now: number) => void;

/**
 * How many are read at once: few at first, while the code that takes them in is not compiled yet, then more, so
 * that each keeps the event loop for some milliseconds.
 */
const BATCH_MIN = 1000;
const BATCH_MAX = 5000;

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
  private readonly history: KnownHistory;
  private isRunning = false;
  private timer: NodeJS.Timeout | undefined;
  private lastPoll: Promise<void> = Promise.resolve();
  /** A poll that others wait for and that has not begun. */
  private nextPoll: Promise<void> | undefined;

  constructor(
    private readonly revocations: RevocationsRepository,
    private readonly index: RevocationIndex,
    private readonly mark: HistoryMark,
    private readonly clock: Clock,
    private readonly expiry: ExpiryClock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.history = new KnownHistory(mark);
  }

  /** Milliseconds by which the index may lag behind the database; infinite before the first load. */
  get staleness(): number {
    return this.confirmedAt === undefined ? Infinity : this.clock.monotonic() - this.confirmedAt;
  }

  /** The newest revision that this replica knows everything up to. */
  get revision(): number {
    return this.seenRevision;
  }

  /** When the installation was made, by which it is told from others; 0 before the first poll. */
  get installationMadeAt(): number {
    return this.history.installationMadeAt;
  }

  /** The first status index that no replica had leased at the last poll. */
  get nextStatusIndex(): number {
    return this.seenNextStatusIndex;
  }

  /** Whether the database was restored and that is not finished: nothing it says can be trusted. */
  get hasLostHistory(): boolean {
    return this.history.isLost;
  }

  /** Whether the bound holds now. */
  get isFresh(): boolean {
    return !this.hasLostHistory && this.staleness <= this.settings.revocationMaxStaleness;
  }

  /** Whether tokens may be judged by the index now: only when the bound holds (fail closed), unless configured otherwise. */
  get isTrusted(): boolean {
    if (this.isFresh) return true;
    const isOpen = this.settings.revocationFailOpen && !this.hasLostHistory;
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
    await this.makeUpForSlowLoad();
    this.schedule();
  }

  /** To load much may take longer than the bound; what was revoked meanwhile is not known yet. */
  private async makeUpForSlowLoad(): Promise<void> {
    if (this.isRunning && !this.isFresh) await this.poll();
  }

  /** Stops polling; resolves when no poll is under way. */
  async stop(): Promise<void> {
    this.isRunning = false;
    clearTimeout(this.timer);
    await this.lastPoll.catch(() => undefined); // whoever asked for that poll was told
    await this.mark.settled();
  }

  /** Takes in everything committed before this call. Polls take turns: the position moves forward only. */
  poll(): Promise<void> {
    const takeTurn = () => this.pollNow();
    this.lastPoll = this.lastPoll.then(takeTurn, takeTurn);
    return this.lastPoll;
  }

  /**
   * Resolves when this replica knows everything up to the revision, for whoever has a receipt of it. Asks
   * the database when it does not, once for all who wait.
   *
   * @throws RevisionNotReached
   */
  async reach(revision: number): Promise<void> {
    if (this.seenRevision >= revision) return;
    try {
      await this.askOnce();
    } catch (cause) {
      throw new RevisionNotReached({ cause });
    }
    if (this.seenRevision < revision) throw new RevisionNotReached();
  }

  /**
   * Takes in what was committed before this call, keys too.
   *
   * @throws RevocationStateStale
   */
  async catchUp(): Promise<void> {
    try {
      await this.askOnce();
    } catch (cause) {
      throw new RevocationStateStale({ cause });
    }
  }

  /**
   * For an act that found nothing to end. It may be the repetition of one whose answer was lost, at a
   * replica that has not heard of that; and to acknowledge it promises that this replica knows. Nothing is
   * acknowledged in a rehearsal, which runs within a transaction.
   *
   * @throws RevocationStateStale
   */
  async expectToKnow(): Promise<void> {
    if (currentTransaction() === undefined) await this.catchUp();
  }

  /** One poll for all who ask while another one runs. */
  private askOnce(): Promise<void> {
    this.nextPoll ??= this.pollNext();
    return this.nextPoll;
  }

  private async pollNext(): Promise<void> {
    await this.lastPoll.catch(() => undefined); // whoever asked for that poll was told
    this.nextPoll = undefined; // who comes later may want to know what this one does not see
    await this.poll();
  }

  private async pollNow(): Promise<void> {
    const began = this.clock.monotonic();
    const known = await this.history.recall(() => this.revocations.installationMadeAt());
    const { databaseNow, ...head } = await this.revocations.head(known);
    if (this.history.expectToContinue(known, head, this.seenRevision)) this.forgetPlace();
    const createdAt = await this.takeIn(head.revision, databaseNow);
    this.history.note(head, createdAt);
    this.seenNextStatusIndex = head.nextStatusIndex;
    const { keysVersion } = head;
    if (keysVersion !== this.seenKeysVersion) {
      // Before the poll counts: a replica that cannot read the keys falls behind, and fails closed.
      await this.readKeys();
      this.seenKeysVersion = keysVersion;
    }
    this.confirmedAt = began;
    if (began - this.sweptAt >= SWEEP_EVERY_MS) {
      this.index.sweep(this.expiry.at(databaseNow));
      this.tell([], databaseNow);
      this.sweptAt = began;
    }
  }

  /**
   * What is in the index stays until it expires: it refuses tokens that nobody takes any more, and whoever
   * was deleted after the backup. All else is read anew.
   */
  private forgetPlace(): void {
    this.seenRevision = 0;
    this.seenKeysVersion = undefined;
  }

  /** @returns when the newest revision was stored; null when it has expired. */
  private async takeIn(upTo: number, databaseNow: number): Promise<number | null> {
    const now = this.expiry.at(databaseNow);
    const isFirstLoad = this.confirmedAt === undefined;
    let storedAt: number | null = null;
    let reading: Promise<Batch> | undefined;
    let taken = 0;
    const read = (after: number, size: number) =>
      this.revocations.batch({ after, upTo, now }, size);
    try {
      while (this.seenRevision < upTo) {
        reading ??= read(this.seenRevision, batchSize(taken));
        const { revocations, endStoredAt, isFull } = await reading;
        const seen = (isFull ? revocations.at(-1)?.revision : undefined) ?? upTo;
        taken += revocations.length;
        // The database looks for the next ones while these are taken in. Whoever awaits it hears of a failure.
        reading = seen < upTo ? read(seen, batchSize(taken)) : undefined;
        reading?.catch(() => undefined);
        for (const revocation of revocations) this.index.add(revocation);
        if (isFirstLoad) this.expectMore(revocations, upTo - seen);
        storedAt = endStoredAt;
        this.seenRevision = seen;
        this.tell(revocations, databaseNow);
      }
    } finally {
      if (isFirstLoad) this.index.expectGrowth(1);
    }
    return storedAt;
  }

  /**
   * As if what is left lay as close as these. To have it counted takes the database as long as to read half of
   * it.
   *
   * @param left revisions, of many of which nothing is in force any more.
   */
  private expectMore(revocations: readonly PassedRevocation[], left: number): void {
    const [first, last] = [revocations.at(0), revocations.at(-1)];
    if (first === undefined || last === undefined) return;
    const share = revocations.length / (last.revision - first.revision + 1);
    this.index.expectGrowth(1 + (left * share) / this.index.size);
  }

  private tell(passed: readonly PassedRevocation[], databaseNow: number): void {
    for (const follower of this.followers) follower(passed, this.seenRevision, databaseNow);
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

/** @param taken how many were taken in before, in the same load. */
function batchSize(taken: number): number {
  return Math.min(BATCH_MAX, Math.max(BATCH_MIN, Math.floor(taken / 4)));
}
