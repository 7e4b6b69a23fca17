import { Entity } from 'typeorm';
import { Instant, Text, TextKey } from '../../platform/database/columns.js';

/** Who takes revocations in: replicas of Signet, and services that fetch the status lists under their name. */
export const READER_TYPES = ['replica', 'consumer'] as const;
export type ReaderType = (typeof READER_TYPES)[number];

/** A replica or a consumer, and when it was last seen. */
@Entity('revocation_readers')
export class RevocationReader {
  /** Of a replica, made at its start; of a consumer, the id of its service account. */
  @TextKey(36) readonly id!: string;
  @Text(16) readonly type!: ReaderType;
  /** Host and port of a replica; empty for a consumer. */
  @Text(128) readonly name!: string;
  /** By the database's clock. */
  @Instant() readonly seenAt!: number;
}
