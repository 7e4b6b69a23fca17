import { Entity, ForeignKey, Index } from 'typeorm';
import { Instant, Integer, LockCount, Text, TextKey } from '../platform/database/columns.js';

export const ACCOUNT_NAME_MAX = 64;
export const ACCOUNT_DESCRIPTION_MAX = 255;
export const ACCOUNT_SEARCH_TEXT_MAX = 512;

/** A machine that holds tokens of its own. Status, roles and token version are the principal's, of the same id. */
@Entity('service_accounts')
@Index('uq_service_accounts_name', ['name'], { unique: true })
@Index('ix_service_accounts_created', ['createdAt', 'id'])
@Index('ix_service_accounts_owner', ['ownerId', 'createdAt', 'id'])
export class ServiceAccount {
  @TextKey()
  @ForeignKey('PrincipalRecord', { name: 'fk_service_accounts_principal', onDelete: 'CASCADE' })
  readonly id!: string;

  /** In its canonical form; see `users/canonical.ts`. */
  @Text(ACCOUNT_NAME_MAX) readonly name!: string;
  @Text(ACCOUNT_DESCRIPTION_MAX) readonly description!: string;

  /** The person who looks after it; null once they were deleted: a service outlives whoever set it up. */
  @Text(36, { nullable: true })
  @ForeignKey('PrincipalRecord', { name: 'fk_service_accounts_owner', onDelete: 'SET NULL' })
  readonly ownerId!: string | null;

  /** Name and description in lower case, for searching alike on every database. */
  @Text(ACCOUNT_SEARCH_TEXT_MAX) readonly searchText!: string;
  /** Raised by each change; the ETag. */
  @Integer() readonly version!: number;
  @Instant() readonly createdAt!: number;
  @Instant() readonly updatedAt!: number;
  @LockCount() readonly lockCount?: never;
}
