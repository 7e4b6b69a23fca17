import { Entity, Index } from 'typeorm';
import { BigInteger, Instant, Integer, NumberKey, Text } from '../platform/database/columns.js';
import type { RevocationKind } from './revocation.js';

/** A revocation that is in force until everything it hits has expired. */
@Entity('revoked_tokens')
@Index('ix_revoked_tokens_expiry', ['expiresAt'])
export class RevokedToken {
  /** Its place in the history. Revisions become visible in their own order: see `RevocationHead`. */
  @NumberKey() readonly revision!: number;
  @Text(16) readonly kind!: RevocationKind;
  /** `jti`, `sid`, `sub` or `kid`, by kind. */
  @Text(64) readonly subject!: string;
  /** For a principal: the least `ver` that is still accepted. */
  @Integer({ nullable: true }) readonly minVersion!: number | null;
  @Instant() readonly expiresAt!: number;
  @Text(32) readonly reason!: string;
  @Text(36, { nullable: true }) readonly revokedBy!: string | null;
  @Instant() readonly createdAt!: number;
  /** Of a session or credential that has one: where its tokens' status is. */
  @BigInteger({ nullable: true }) readonly statusIndex!: number | null;
}
