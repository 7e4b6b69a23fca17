import { Entity } from 'typeorm';
import { Instant, NumberKey } from '../platform/database/columns.js';

/** The id of the only row. */
export const INSTALLATION_ID = 1;

/** The installation as a whole. */
@Entity('installation')
export class Installation {
  @NumberKey() readonly id!: number;
  /** When the first administrator was made; set-up is closed from then on. */
  @Instant({ nullable: true }) readonly setupCompletedAt!: number | null;
  @Instant() readonly createdAt!: number;
}
