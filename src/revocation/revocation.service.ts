import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { RevocationBus } from './bus/revocation-bus.js';
import { currentTransaction } from '../platform/database/transaction-context.js';
import type { TransactionContext } from '../platform/database/transaction-context.js';
import { HEAD_ID } from './revocation-head.entity.js';
import { RevocationIndex } from './revocation-index.js';
import type { RevocationReason, RevocationTarget } from './revocation.js';
import { RevokedToken } from './revoked-token.entity.js';

/** Rows of one INSERT; below every driver's limit of parameters. */
const BATCH = 500;

/**
 * For how long past its need a revocation is kept, in ms: covers a token that another replica issued
 * at the very moment of the revocation, and the difference between the replicas' clocks.
 */
const MARGIN = 120_000;

/**
 * For how long a signing key stays revoked, in ms: ten years. Whoever has stolen it signs tokens with it for
 * as long as anybody takes them, and those who keep a key do so for as long as their process lives.
 */
const KEY_REVOKED_FOR = 3650 * 86_400_000;

/** Stores revocations. The one place through which access ends, whoever ends it. */
@Injectable()
export class RevocationService {
  /** What was revoked so far in each rehearsal that runs, by its transaction. */
  private readonly rehearsals = new WeakMap<TransactionContext, RevocationTarget[]>();

  constructor(
    private readonly database: Database,
    private readonly index: RevocationIndex,
    private readonly bus: RevocationBus,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Revokes, in the caller's transaction; once it is committed this replica refuses at once, and
   * the others are told. Call it last: it holds the lock under which all replicas' revocations queue.
   *
   * @returns the revision of the last one.
   */
  async revoke(
    actor: Actor,
    reason: RevocationReason,
    targets: readonly RevocationTarget[],
  ): Promise<number> {
    const context = currentTransaction();
    const rehearsed = context && this.rehearsals.get(context);
    for (const target of targets) rehearsed?.push(target);
    const { revision: last, databaseNow } = await this.advanceHead(targets.length);
    const now = this.clock.now();
    // By the later clock: the database's decides when the row is dropped, and a token may have been
    // issued by this one's. Whatever it is that is revoked, no token of it lives longer than this, but for a
    // key, of which there may be new ones.
    const latest = Math.max(now, databaseNow);
    const expiresAt = latest + this.settings.accessTokenMaxTtl + MARGIN;
    const rows = targets.map((target, i) => ({
      revision: last - targets.length + 1 + i,
      kind: target.kind,
      subject: target.subject,
      minVersion: target.kind === 'principal' ? target.minVersion : null,
      statusIndex: 'statusIndex' in target ? target.statusIndex : null,
      expiresAt: target.kind === 'key' ? latest + KEY_REVOKED_FOR : expiresAt,
      reason,
      revokedBy: actor.principal?.id ?? null,
      createdAt: now,
    }));
    for (let start = 0; start < rows.length; start += BATCH) {
      await this.database.repository(RevokedToken).insert(rows.slice(start, start + BATCH));
    }
    this.database.afterCommit(() => {
      for (const row of rows) this.index.add(row);
      actor.revoked?.(last);
      this.bus.announce({ revision: last });
    });
    return last;
  }

  /**
   * Runs the act and undoes it, so that what it would revoke is told by the act itself. Throws whatever the
   * act throws.
   *
   * @param act one that has no effect but through the database.
   */
  async rehearse(act: () => Promise<unknown>): Promise<readonly RevocationTarget[]> {
    let targets: RevocationTarget[] = [];
    await this.database.rehearse(async () => {
      targets = []; // it may be run again
      const context = currentTransaction();
      if (context !== undefined) this.rehearsals.set(context, targets);
      await act();
    });
    return targets;
  }

  private async advanceHead(by: number): Promise<{ revision: number; databaseNow: number }> {
    await this.database.execute('UPDATE revocation_head SET revision = revision + ? WHERE id = ?', [
      by,
      HEAD_ID,
    ]);
    const [head] = await this.database.select<{ revision: RawNumber; now: RawNumber }>(
      `SELECT revision, ${this.database.nowSql} AS now FROM revocation_head WHERE id = ?`,
      [HEAD_ID],
    );
    if (head === undefined) throw new Error('The table revocation_head is empty');
    return { revision: Number(head.revision), databaseNow: Number(head.now) };
  }
}
