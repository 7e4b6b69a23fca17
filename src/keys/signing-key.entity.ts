import { Entity, Index } from 'typeorm';
import { Instant, Json, LongText, Text, TextKey } from '../platform/database/columns.js';

/** The public members of a key (RFC 7517): no private one can get in. */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

/** An asymmetric key that signs, or has signed, access tokens. */
@Entity('signing_keys')
@Index('uq_signing_keys_active', ['activeSlot'], { unique: true })
export class SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  @TextKey(64) readonly kid!: string;
  /** The one algorithm that this key is used with, whatever a token says. */
  @Text(16) readonly algorithm!: string;
  @Json() readonly publicJwk!: PublicJwk;
  /** PKCS #8, encrypted by the key-encryption key. */
  @LongText() readonly sealedPrivateKey!: string;
  /** `active` on the key that signs and null on the others: the unique index admits one. */
  @Text(8, { nullable: true }) readonly activeSlot!: 'active' | null;
  @Instant() readonly createdAt!: number;
}
