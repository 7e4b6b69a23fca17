import { Entity } from 'typeorm';
import { Instant, Integer, Json, LockCount, Text, TextKey } from '../platform/database/columns.js';

export const ROLE_DESCRIPTION_MAX = 255;

/** A named set of permissions. */
@Entity('roles')
export class Role {
  @TextKey(48) readonly name!: string;
  @Text(ROLE_DESCRIPTION_MAX) readonly description!: string;
  @Json() readonly permissions!: readonly string[];
  /** Raised by each change; the ETag. */
  @Integer() readonly version!: number;
  @Instant() readonly createdAt!: number;
  @Instant() readonly updatedAt!: number;
  @LockCount() readonly lockCount?: never;
}
