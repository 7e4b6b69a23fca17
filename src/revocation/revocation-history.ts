import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { HistoryMark } from './history-mark.js';
import { HEAD_ID } from './revocation-head.entity.js';

/**
 * By how many revisions a new history begins above the one before, as far as that is known: more than can
 * have been stored since the backup. Whoever remembers a revision of before is then told of all after it.
 */
const GAP = 1_000_000;

/** The history of revocations as a whole. */
@Injectable()
export class RevocationHistory {
  constructor(
    private readonly database: Database,
    private readonly mark: HistoryMark,
  ) {}

  /**
   * Begins a new epoch, which every replica takes for the end of a restore. Needs a transaction, to whose
   * end it holds the lock that revocations queue for.
   *
   * @returns the newest revision in the database, and the newest that is marked, if any.
   */
  async beginAnew(): Promise<{ readonly backup: number; readonly marked: number | undefined }> {
    // First the lock. On SQLite there is no other process, and none may write into another's transaction.
    await this.database.execute('UPDATE revocation_head SET revision = revision WHERE id = ?', [
      HEAD_ID,
    ]);
    const [head] = await this.database.select<
      Record<'revision' | 'epoch' | 'made' | 'now', RawNumber>
    >(
      `SELECT revision, COALESCE(epoch, 0) AS epoch, (SELECT created_at FROM installation) AS made,
         ${this.database.nowSql} AS now
       FROM revocation_head WHERE id = ?`,
      [HEAD_ID],
    );
    if (head === undefined) throw new Error('The table revocation_head is empty');
    const backup = Number(head.revision);
    const marked = await this.mark.read(Number(head.made));
    await this.database.execute('UPDATE revocation_head SET epoch = ?, revision = ? WHERE id = ?', [
      Math.max(Number(head.epoch), marked?.epoch ?? 0, Number(head.now)) + 1,
      Math.max(backup, marked?.revision ?? 0) + GAP,
      HEAD_ID,
    ]);
    return { backup, marked: marked?.revision };
  }
}
