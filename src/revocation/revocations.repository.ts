import { Injectable } from '@nestjs/common';
import { WatchDatabase } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import type { HistoryHead, HistoryPosition } from './history.js';
import { HEAD_ID } from './revocation-head.entity.js';
import type { IndexedRevocation } from './revocation-index.js';

/** A revocation with its place in the history. */
export interface PassedRevocation extends IndexedRevocation {
  readonly revision: number;
  readonly statusIndex: number | null;
}

/** A part of the history: what is in force between two revisions. */
export interface Span {
  /** The revision before the first one. */
  readonly after: number;
  /** The last one. */
  readonly upTo: number;
  /** By the database's clock; what has expired by then is left out. */
  readonly now: number;
}

/** What was read of a span. */
export interface Batch {
  readonly revocations: readonly PassedRevocation[];
  /** Whether there may be more in the span. */
  readonly isFull: boolean;
  /** When the last revision of the span was stored; null when it is not among these. */
  readonly endStoredAt: number | null;
}

interface RevokedRow extends Pick<IndexedRevocation, 'kind' | 'subject'> {
  readonly revision: RawNumber;
  readonly statusIndex: RawNumber | null;
  readonly minVersion: RawNumber | null;
  readonly expiresAt: RawNumber;
  readonly createdAt: RawNumber | null;
}

interface HeadRow {
  readonly epoch: RawNumber;
  readonly revision: RawNumber;
  readonly createdAtOfKnown: RawNumber | null;
  readonly keysVersion: RawNumber;
  readonly nextStatusIndex: RawNumber;
  readonly now: RawNumber;
}

/** Reads the history of revocations, by the connection that requests do not queue for. */
@Injectable()
export class RevocationsRepository {
  constructor(private readonly database: WatchDatabase) {}

  /** When the installation was made, which tells it from others; 0 before that. */
  async installationMadeAt(): Promise<number> {
    const [row] = await this.database.select<{ createdAt: RawNumber }>(
      'SELECT created_at AS createdAt FROM installation',
    );
    return Number(row?.createdAt ?? 0);
  }

  /** Where the history has got to, seen from a position that is known; and the time of the database. */
  async head(known: HistoryPosition): Promise<HistoryHead & { readonly databaseNow: number }> {
    const [head] = await this.database.select<HeadRow>(
      `SELECT revision, COALESCE(epoch, 0) AS epoch, COALESCE(keys_version, 0) AS keysVersion,
         ${this.database.nowSql} AS now,
         (SELECT created_at FROM revoked_tokens WHERE revision = ?) AS createdAtOfKnown,
         COALESCE((SELECT MAX(next_index) FROM status_index_head), 0) AS nextStatusIndex
       FROM revocation_head WHERE id = ?`,
      [known.revision, HEAD_ID],
    );
    if (head === undefined) throw new Error('The table revocation_head is empty');
    return {
      epoch: Number(head.epoch),
      revision: Number(head.revision),
      createdAtOfKnown: numberOrNull(head.createdAtOfKnown),
      keysVersion: Number(head.keysVersion),
      nextStatusIndex: Number(head.nextStatusIndex),
      databaseNow: Number(head.now),
    };
  }

  /** The first ones of a span, in order. The time of one row is read, of the only one that is asked for. */
  async batch({ after, upTo, now }: Span, size: number): Promise<Batch> {
    const rows = await this.database.select<RevokedRow>(
      `SELECT revision, kind, subject, min_version AS minVersion, expires_at AS expiresAt,
         status_index AS statusIndex, CASE WHEN revision = ? THEN created_at END AS createdAt
       FROM revoked_tokens WHERE revision > ? AND revision <= ? AND expires_at >= ?
       ORDER BY revision LIMIT ?`,
      [upTo, after, upTo, now, size],
    );
    return {
      revocations: rows.map(passedOf),
      isFull: rows.length === size,
      endStoredAt: numberOrNull(rows.at(-1)?.createdAt ?? null),
    };
  }
}

function passedOf(row: RevokedRow): PassedRevocation {
  return {
    kind: row.kind,
    subject: row.subject,
    revision: Number(row.revision),
    minVersion: numberOrNull(row.minVersion),
    expiresAt: Number(row.expiresAt),
    statusIndex: numberOrNull(row.statusIndex),
  };
}

function numberOrNull(value: RawNumber | null): number | null {
  return value === null ? null : Number(value);
}
