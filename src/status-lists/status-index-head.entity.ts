import { Entity } from 'typeorm';
import { BigInteger, NumberKey } from '../platform/database/columns.js';

/** The id of the only row. */
export const STATUS_HEAD_ID = 1;

/** The first status index that no replica has leased; it only grows, so no index is used twice. */
@Entity('status_index_head')
export class StatusIndexHead {
  @NumberKey() readonly id!: number;
  @BigInteger() readonly nextIndex!: number;
}
