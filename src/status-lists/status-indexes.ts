import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Database } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { currentTransaction } from '../platform/database/transaction-context.js';
import { STATUS_HEAD_ID } from './status-index-head.entity.js';
import { LIST_LENGTH } from './status-reference.js';

/** Indexes that a replica leases at once; what it has left when it ends is lost, which costs zeros in a list. */
const BLOCK = 1024;
/** More than were leased since any backup that is still worth restoring. */
const SKIPPED = LIST_LENGTH * 64;

/** Gives each session and each credential an index of its own in the status lists. */
@Injectable()
export class StatusIndexes {
  private next = 0;
  private end = 0;
  private leasing: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'statusLists'>,
  ) {}

  /**
   * An index that nobody has or had; null when there are no status lists.
   *
   * @throws Error within a transaction: a lease that is rolled back would be given to somebody else again.
   */
  async take(): Promise<number | null> {
    if (!this.settings.statusLists) return null;
    if (currentTransaction() !== undefined)
      throw new Error('A status index is taken before the transaction that stores it');
    while (this.next >= this.end) {
      this.leasing ??= this.lease().finally(() => (this.leasing = undefined));
      await this.leasing;
    }
    return this.next++;
  }

  /** Leaves out what was leased since a backup that was restored: to give it again would mix two sessions up. Needs a transaction. */
  async skip(): Promise<void> {
    await this.database.execute(
      'UPDATE status_index_head SET next_index = next_index + ? WHERE id = ?',
      [SKIPPED, STATUS_HEAD_ID],
    );
  }

  private async lease(): Promise<void> {
    const end = await this.database.transaction(async () => {
      // First the update, whose lock keeps others from reading the same number.
      await this.database.execute(
        'UPDATE status_index_head SET next_index = next_index + ? WHERE id = ?',
        [BLOCK, STATUS_HEAD_ID],
      );
      const [head] = await this.database.select<{ nextIndex: RawNumber }>(
        'SELECT next_index AS nextIndex FROM status_index_head WHERE id = ?',
        [STATUS_HEAD_ID],
      );
      if (head === undefined) throw new Error('The table status_index_head is empty');
      return Number(head.nextIndex);
    });
    this.next = end - BLOCK;
    this.end = end;
  }
}
