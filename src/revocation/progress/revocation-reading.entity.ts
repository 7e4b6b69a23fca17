import { Entity, Index } from 'typeorm';
import { BigInteger, Instant, Text, TextKey } from '../../platform/database/columns.js';

/** How far a reader had got at a moment. */
@Entity('revocation_readings')
@Index('ix_revocation_readings_revision', ['readerId', 'document', 'revision', 'reachedAt'])
@Index('ix_revocation_readings_expiry', ['reachedAt'])
export class RevocationReading {
  @TextKey(36) readonly id!: string;
  @Text(36) readonly readerId!: string;
  /** What a consumer has read: the number of a status list, `named` or `digest`; empty for a replica. */
  @Text(16) readonly document!: string;
  /** Everything up to this revision is in it. */
  @BigInteger() readonly revision!: number;
  @Instant() readonly reachedAt!: number;
}
