import { Entity, ForeignKey, Index } from 'typeorm';
import { BigInteger, Instant, Integer, Text, TextKey } from '../platform/database/columns.js';

/** Why a session is over. */
export const SESSION_END_REASONS = [
  'logout',
  'logout_all',
  'session_ended',
  'refresh_reused',
  'password_changed',
  'disabled',
  'administrator',
  'too_many_sessions',
  'token_revoked',
  'restored',
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];

/** One sign-in on one device. One row however often it is refreshed; nothing in it is usable as a token. */
@Entity('sessions')
@Index('ix_sessions_principal', ['principalId', 'idleExpiresAt'])
@Index('ix_sessions_expiry', ['idleExpiresAt'])
export class Session {
  /** `sid` of all its tokens. */
  @TextKey() readonly id!: string;

  @Text(36)
  @ForeignKey('PrincipalRecord', { name: 'fk_sessions_principal', onDelete: 'CASCADE' })
  readonly principalId!: string;

  /** Counts rotations: the refresh token of this generation is the live one. */
  @Integer() readonly generation!: number;
  /** Goes into the MAC of the refresh tokens, so that the server key alone cannot make one. */
  @Text(32) readonly secretSalt!: string;
  @Instant() readonly createdAt!: number;
  @Instant() readonly rotatedAt!: number;
  /** The session ends here unless it is refreshed before. An ended session's lies in the past. */
  @Instant() readonly idleExpiresAt!: number;
  /** The session ends here, however often it is refreshed. */
  @Instant() readonly absoluteExpiresAt!: number;
  /** When the person last proved who they are. */
  @Instant() readonly authTime!: number;
  /** How, e.g. `pwd` (RFC 8176), separated by spaces. */
  @Text(64) readonly amr!: string;
  @Text(255) readonly userAgent!: string;
  @Text(64) readonly ip!: string;
  @Instant({ nullable: true }) readonly endedAt!: number | null;
  @Text(32, { nullable: true }) readonly endReason!: SessionEndReason | null;
  /** Where its tokens' status is (`StatusIndexes`). Null in what an older version made, until its first refresh. */
  @BigInteger({ nullable: true }) readonly statusIndex!: number | null;
}
