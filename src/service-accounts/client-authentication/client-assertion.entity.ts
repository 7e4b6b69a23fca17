import { Entity, Index } from 'typeorm';
import { Instant, TextKey } from '../../platform/database/columns.js';

/** An assertion that was used: its id is taken until nobody would accept it any more (RFC 7523 3). */
@Entity('client_assertions')
@Index('ix_client_assertions_expiry', ['expiresAt'])
export class ClientAssertion {
  /** Hash of the client and the `jti`, in base64url. */
  @TextKey(43) readonly id!: string;
  @Instant() readonly expiresAt!: number;
}
