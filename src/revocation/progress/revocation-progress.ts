import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { RawNumber } from '../../platform/database/dialect.js';
import type { ReaderType } from './revocation-reader.entity.js';

/** A replica or a consumer, and since when it knows of a revocation. Milliseconds since the epoch. */
export interface ReaderProgress {
  readonly id: string;
  readonly type: ReaderType;
  readonly name: string;
  readonly seenAt: number;
  /** Null while it does not, as far as is known. */
  readonly reachedAt: number | null;
}

/**
 * A replica that was not seen for this long has ended, in ms. One that ends in order says so itself; one that
 * only lost the database is waited for.
 */
const REPLICA_GONE_AFTER = 300_000;
/** A consumer that fetched nothing for this long is none any more, in ms. */
const CONSUMER_GONE_AFTER = 86_400_000;
/** Readers that are shown. */
const READERS_MAX = 1000;

interface Row {
  readonly id: string;
  readonly type: ReaderType;
  readonly name: string;
  readonly seenAt: RawNumber;
  readonly [reached: `reached${number}`]: RawNumber | null;
}

/** Says who has taken in a revocation, and when. */
@Injectable()
export class RevocationProgress {
  constructor(private readonly database: Database) {}

  /** Every replica that lives. */
  replicas(revision: number): Promise<readonly ReaderProgress[]> {
    return this.read('replica', REPLICA_GONE_AFTER, revision, ['']);
  }

  /** Every consumer, and since when it has each of the documents; of none, nobody has anything. */
  consumers(revision: number, documents: readonly string[]): Promise<readonly ReaderProgress[]> {
    return documents.length === 0
      ? Promise.resolve([])
      : this.read('consumer', CONSUMER_GONE_AFTER, revision, documents);
  }

  private async read(
    type: ReaderType,
    goneAfter: number,
    revision: number,
    documents: readonly string[],
  ): Promise<readonly ReaderProgress[]> {
    // Revisions only rise, so the first reading that has it is the lowest: one look into the index for each.
    const first = documents.map(
      (_, i) => `(SELECT reached_at FROM revocation_readings WHERE reader_id = r.id AND document = ?
         AND revision >= ? ORDER BY revision, reached_at LIMIT 1) AS reached${i}`,
    );
    const rows = await this.database.select<Row>(
      `SELECT r.id AS id, r.type AS type, r.name AS name, r.seen_at AS seenAt, ${first.join(', ')}
       FROM revocation_readers r
       WHERE r.type = ? AND r.seen_at >= ${this.database.nowSql} - ?
       ORDER BY r.name, r.id LIMIT ${READERS_MAX}`,
      [...documents.flatMap((document) => [document, revision]), type, goneAfter],
    );
    return rows.map((row) => ({
      id: row.id,
      type: row.type,
      name: row.name,
      seenAt: Number(row.seenAt),
      reachedAt: lastOf(documents.map((_, i) => row[`reached${i}`] ?? null)),
    }));
  }
}

/** The last of the moments; null while one is not known, or when there are none. */
export function lastOf(moments: readonly (RawNumber | null)[]): number | null {
  return moments.length === 0 || moments.includes(null) ? null : Math.max(...moments.map(Number));
}
