import { Entity } from 'typeorm';
import type { PrincipalType } from '../access/principal.js';
import { Instant, Integer, LockCount, Text, TextKey } from '../platform/database/columns.js';

export const PRINCIPAL_STATUSES = ['active', 'disabled'] as const;
export type PrincipalStatus = (typeof PRINCIPAL_STATUSES)[number];

/** What everyone who can hold a token has in common. The id is the token's `sub` and is never used again. */
@Entity('principals')
export class PrincipalRecord {
  @TextKey() readonly id!: string;
  @Text(16) readonly type!: PrincipalType;
  @Text(16) readonly status!: PrincipalStatus;
  /** The `ver` of new tokens. Raising it, with a revocation, ends what older tokens may do. */
  @Integer() readonly tokenVersion!: number;
  @Instant() readonly createdAt!: number;
  @LockCount() readonly lockCount?: never;
}
