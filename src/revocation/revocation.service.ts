import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { nowMillisSql } from '../platform/database/dialect.js';
import type { RawNumber } from '../platform/database/dialect.js';
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

/** Stores revocations. The one place through which access ends, whoever ends it. */
@Injectable()
export class RevocationService {
  constructor(
    private readonly database: Database,
    private readonly index: RevocationIndex,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Revokes, in the caller's transaction; once it is committed this replica refuses at once. Call it
   * last: it holds the lock under which all replicas' revocations queue.
   *
   * @returns the revision of the last one.
   */
  async revoke(
    actor: Actor,
    reason: RevocationReason,
    targets: readonly RevocationTarget[],
  ): Promise<number> {
    const { revision: last, databaseNow } = await this.advanceHead(targets.length);
    const now = this.clock.now();
    // By the later clock: the database's decides when the row is dropped, and a token may have been
    // issued by this one's. Whatever it is that is revoked, no token of it lives longer than this.
    const expiresAt = Math.max(now, databaseNow) + this.settings.accessTokenMaxTtl + MARGIN;
    const rows = targets.map((target, i) => ({
      revision: last - targets.length + 1 + i,
      kind: target.kind,
      subject: target.subject,
      minVersion: target.kind === 'principal' ? target.minVersion : null,
      statusIndex: 'statusIndex' in target ? target.statusIndex : null,
      expiresAt,
      reason,
      revokedBy: actor.principal?.id ?? null,
      createdAt: now,
    }));
    for (let start = 0; start < rows.length; start += BATCH) {
      await this.database.repository(RevokedToken).insert(rows.slice(start, start + BATCH));
    }
    this.database.afterCommit(() => {
      for (const row of rows) this.index.add(row);
    });
    return last;
  }

  private async advanceHead(by: number): Promise<{ revision: number; databaseNow: number }> {
    await this.database.execute('UPDATE revocation_head SET revision = revision + ? WHERE id = ?', [
      by,
      HEAD_ID,
    ]);
    const [head] = await this.database.select<{ revision: RawNumber; now: RawNumber }>(
      `SELECT revision, ${nowMillisSql(this.database.dialect)} AS now FROM revocation_head WHERE id = ?`,
      [HEAD_ID],
    );
    if (head === undefined) throw new Error('The table revocation_head is empty');
    return { revision: Number(head.revision), databaseNow: Number(head.now) };
  }
}
