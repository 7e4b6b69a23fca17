import { Entity, ForeignKey } from 'typeorm';
import { Instant, Integer, LongText, TextKey } from '../platform/database/columns.js';

/** The custom claims of a principal; without a row, there are none and never were. */
@Entity('principal_claims')
export class PrincipalClaims {
  @TextKey()
  @ForeignKey('PrincipalRecord', { name: 'fk_principal_claims_principal', onDelete: 'CASCADE' })
  readonly principalId!: string;

  /** A JSON object. */
  @LongText() readonly claims!: string;
  /** Raised by each change; the ETag. A row whose claims were removed stays, so that no version comes back. */
  @Integer() readonly version!: number;
  @Instant() readonly updatedAt!: number;
}
