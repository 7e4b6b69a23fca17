import { Entity, ForeignKey, Index } from 'typeorm';
import { Instant, Integer, Json, LockCount, Text, TextKey } from '../platform/database/columns.js';
import type { EncryptionKey } from '../tokens/encryption-key.js';

export const IDENTIFIER_MAX = 255;
export const RESOURCE_NAME_MAX = 128;
export const RESOURCE_DESCRIPTION_MAX = 1024;
export const SEARCH_TEXT_MAX = 1536;
/** Seconds; what `ACCESS_TOKEN_MAX_TTL` can be at the most. */
export const TOKEN_TTL_MAX = 86_400;
export const CLAIMS_MAX = 50;
export const CLAIM_NAME_MAX = 64;

/** Something that a team protects: an API, a data set, a tool. */
@Entity('resources')
@Index('uq_resources_identifier', ['identifier'], { unique: true })
@Index('ix_resources_created', ['createdAt', 'id'])
@Index('ix_resources_owner', ['ownerId', 'createdAt', 'id'])
export class Resource {
  @TextKey() readonly id!: string;
  /** An absolute URI: the `aud` of its tokens. Compared byte for byte. */
  @Text(IDENTIFIER_MAX) readonly identifier!: string;
  @Text(RESOURCE_NAME_MAX) readonly name!: string;
  @Text(RESOURCE_DESCRIPTION_MAX) readonly description!: string;

  /** Null once the owner was deleted: then only an administrator manages it. */
  @Text(36, { nullable: true })
  @ForeignKey('PrincipalRecord', { name: 'fk_resources_owner', onDelete: 'SET NULL' })
  readonly ownerId!: string | null;

  /** What can be done with it, e.g. `read`, `deploy`. */
  @Json() readonly actions!: readonly string[];
  /** Lifetime of its tokens in seconds; null: that of all others. */
  @Integer({ nullable: true }) readonly tokenTtl!: number | null;
  /** With what its tokens are encrypted; null: not at all. */
  @Json({ nullable: true }) readonly encryptionKey!: EncryptionKey | null;
  /** Which claims of a user its tokens carry; null: all. */
  @Json({ nullable: true }) readonly claims!: readonly string[] | null;
  /** Lower-case identifier, name and description, for searching alike on every database. */
  @Text(SEARCH_TEXT_MAX) readonly searchText!: string;
  /** Raised by each change; the ETag. */
  @Integer() readonly version!: number;
  @Instant() readonly createdAt!: number;
  @Instant() readonly updatedAt!: number;
  @LockCount() readonly lockCount?: never;
}
