import { Entity } from 'typeorm';
import { Instant, NumberKey } from '../platform/database/columns.js';

/** The id of the only row. */
export const HEAD_ID = 1;

/**
 * The newest revision, in one row that every revoking transaction updates. Its row lock makes
 * transactions commit in the order of their revisions, so that "all after the last one seen" misses
 * nothing; with an auto-increment or a timestamp, a slow transaction's rows would appear behind a
 * reader that has already passed them.
 */
@Entity('revocation_head')
export class RevocationHead {
  @NumberKey() readonly id!: number;
  @Instant() readonly revision!: number;
  /** Raised by each change of the signing keys, so that a poll of this row tells of both. Null is 0. */
  @Instant({ nullable: true }) readonly keysVersion!: number | null;
  /** Raised by each restore from a backup that was finished. Null is 0. */
  @Instant({ nullable: true }) readonly epoch!: number | null;
}
