import { Entity, Index } from 'typeorm';
import { Instant, Integer, TextKey } from '../../platform/database/columns.js';

/** How many attempts were made under a key in the current window. */
@Entity('throttle_counters')
@Index('ix_throttle_counters_expiry', ['expiresAt'])
export class ThrottleCounter {
  @TextKey(128) readonly id!: string;
  @Integer() readonly points!: number;
  @Instant() readonly expiresAt!: number;
}
