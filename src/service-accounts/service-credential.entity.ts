import { Entity, ForeignKey, Index } from 'typeorm';
import { BigInteger, Instant, Json, Text, TextKey } from '../platform/database/columns.js';
import type { PublicJwks } from './public-key.js';

export const CREDENTIAL_TYPES = ['secret', 'public-key'] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

export const CREDENTIAL_LABEL_MAX = 64;
export const JWKS_URI_MAX = 512;

/** One way in which a service account proves who it is. It has several, so that they can be changed without a pause. */
@Entity('service_credentials')
@Index('uq_service_credentials_secret', ['secretHash'], { unique: true })
@Index('ix_service_credentials_account', ['serviceAccountId', 'createdAt', 'id'])
@Index('ix_service_credentials_expiry', ['expiresAt'])
export class ServiceCredential {
  /** The `sid` of the tokens that it gets. */
  @TextKey() readonly id!: string;

  @Text(36)
  @ForeignKey('ServiceAccount', { name: 'fk_service_credentials_account', onDelete: 'CASCADE' })
  readonly serviceAccountId!: string;

  @Text(16) readonly type!: CredentialType;

  /**
   * SHA-256 of the secret, of type `secret` only. No slow hash: the secret has 256 random bits, so
   * nobody can guess them, and the hash is what it is found by.
   */
  @Text(64, { nullable: true }) readonly secretHash!: string | null;
  /** Of type `public-key`, exactly one of the two: its public keys, or where they are published. */
  @Json({ nullable: true }) readonly jwks!: PublicJwks | null;
  @Text(JWKS_URI_MAX, { nullable: true }) readonly jwksUri!: string | null;

  @Text(CREDENTIAL_LABEL_MAX) readonly label!: string;
  @Text(36, { nullable: true }) readonly createdBy!: string | null;
  @Instant() readonly createdAt!: number;
  /** Null: no end. */
  @Instant({ nullable: true }) readonly expiresAt!: number | null;
  /** To the minute. */
  @Instant({ nullable: true }) readonly lastUsedAt!: number | null;
  /** Where its tokens' status is (`StatusIndexes`). Null in what an older version made, until its next use. */
  @BigInteger({ nullable: true }) readonly statusIndex!: number | null;
}

/** Whether it can be used at `now`. */
export function isLive({ expiresAt }: Pick<ServiceCredential, 'expiresAt'>, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}
