import { Entity, ForeignKey, Index } from 'typeorm';
import { Instant, Integer, LockCount, Text, TextKey } from '../platform/database/columns.js';

/** RFC 5321 4.5.3.1.3, less the angle brackets. */
export const EMAIL_MAX = 254;
export const USERNAME_MAX = 64;
export const DISPLAY_NAME_MAX = 128;
export const USER_SEARCH_TEXT_MAX = 512;

/** A person. Status, roles and token version are the principal's, of the same id. */
@Entity('users')
@Index('uq_users_email', ['email'], { unique: true })
@Index('uq_users_username', ['username'], { unique: true })
@Index('ix_users_created', ['createdAt', 'id'])
export class User {
  @TextKey()
  @ForeignKey('PrincipalRecord', { name: 'fk_users_principal', onDelete: 'CASCADE' })
  readonly id!: string;

  /** In its canonical form; see `canonical.ts`. */
  @Text(EMAIL_MAX) readonly email!: string;
  /** In its canonical form; see `canonical.ts`. */
  @Text(USERNAME_MAX) readonly username!: string;
  @Text(DISPLAY_NAME_MAX) readonly displayName!: string;
  /** argon2id in PHC form. Selected only by name, so that no view can leak it. */
  @Text(255) readonly passwordHash!: string;
  @Instant() readonly passwordChangedAt!: number;
  /** Lower-case e-mail, username and display name, for searching alike on every database. */
  @Text(USER_SEARCH_TEXT_MAX) readonly searchText!: string;
  /** Raised by each change; the ETag. */
  @Integer() readonly version!: number;
  @Instant() readonly createdAt!: number;
  @Instant() readonly updatedAt!: number;
  @LockCount() readonly lockCount?: never;
}
