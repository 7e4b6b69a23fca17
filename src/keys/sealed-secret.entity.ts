import { Entity } from 'typeorm';
import { Instant, LongText, TextKey } from '../platform/database/columns.js';

/** A random secret that all replicas share, encrypted by the key-encryption key. */
@Entity('sealed_secrets')
export class SealedSecret {
  @TextKey(64) readonly name!: string;
  @LongText() readonly sealed!: string;
  @Instant() readonly createdAt!: number;
}
