import { Entity, Index } from 'typeorm';
import { Instant, Json, LongText, Text, TextKey } from '../platform/database/columns.js';
import type { PublicJwk } from './key-material.js';

/** In the order of a key's life; a compromised one ends early. */
export const KEY_STATES = ['next', 'active', 'retired', 'removed', 'compromised'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** A key that signs, will sign, or has signed access tokens. Its state follows from its moments: `stateOf`. */
@Entity('signing_keys')
@Index('uq_signing_keys_active', ['activeSlot'], { unique: true })
export class SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  @TextKey(64) readonly kid!: string;
  /** The one algorithm that this key is used with, whatever a token says. */
  @Text(16) readonly algorithm!: string;
  @Json() readonly publicJwk!: PublicJwk;
  /** PKCS #8, or a secret, encrypted by the key-encryption key; empty once nobody needs it any more. */
  @LongText() readonly sealedPrivateKey!: string;
  /** Null on keys that neither sign nor will: the unique index admits one active and one next key. */
  @Text(8, { nullable: true }) readonly activeSlot!: 'active' | 'next' | null;
  /** Since when it is published. */
  @Instant() readonly createdAt!: number;
  @Instant({ nullable: true }) readonly activatedAt!: number | null;
  @Instant({ nullable: true }) readonly retiredAt!: number | null;
  @Instant({ nullable: true }) readonly removedAt!: number | null;
  @Instant({ nullable: true }) readonly compromisedAt!: number | null;
}

/** Where in its life a key is. */
export function stateOf(
  key: Pick<SigningKey, 'activatedAt' | 'retiredAt' | 'removedAt' | 'compromisedAt'>,
): KeyState {
  if (key.compromisedAt !== null) return 'compromised';
  if (key.removedAt !== null) return 'removed';
  if (key.retiredAt !== null) return 'retired';
  return key.activatedAt === null ? 'next' : 'active';
}
