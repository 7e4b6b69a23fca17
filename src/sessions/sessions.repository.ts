import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { Database } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { RowColumns } from '../platform/database/row-columns.js';
import {
  STANDING_COLUMNS,
  STANDING_JOINS,
  STANDING_ORDER,
  readStanding,
} from '../principals/standing.js';
import type { Standing, StandingRow } from '../principals/standing.js';
import { Session } from './session.entity.js';
import type { SessionEndReason } from './session.entity.js';

/** A session, and how its principal stands. */
export interface SessionWithStanding {
  readonly session: Session;
  readonly standing: Standing;
  /** The database's time then. */
  readonly asOf: number;
}

/** Sessions that are ended by one statement. */
const BATCH = 2000;

/** Sessions in the database. */
@Injectable()
export class SessionsRepository {
  private readonly columns: RowColumns<Session>;

  constructor(private readonly database: Database) {
    this.columns = new RowColumns(database, Session, 's');
  }

  async insert(session: Session): Promise<void> {
    await this.database.repository(Session).insert(session);
  }

  find(id: string): Promise<Session | null> {
    return this.database.repository(Session).findOneBy({ id });
  }

  /** The session, and how its principal stands at the same moment: all that a refresh reads. */
  async findWithStanding(id: string): Promise<SessionWithStanding | undefined> {
    const rows = await this.database.select<StandingRow & { readonly now: RawNumber }>(
      `SELECT ${this.columns.sql}, ${STANDING_COLUMNS}, ${this.database.nowSql} AS now
       FROM sessions s JOIN principals p ON p.id = s.principal_id ${STANDING_JOINS}
       WHERE s.id = ? ${STANDING_ORDER}`,
      [id],
    );
    const standing = readStanding(rows);
    const [first] = rows;
    return first === undefined || standing === undefined
      ? undefined
      : { session: this.columns.read(first), standing, asOf: Number(first.now) };
  }

  /**
   * Moves the session from one generation to the next: the compare-and-set that makes parallel uses of
   * one refresh token yield exactly one successor.
   *
   * @returns false when the session was rotated or ended meanwhile.
   */
  async rotate(
    { id, generation, statusIndex }: Pick<Session, 'id' | 'generation' | 'statusIndex'>,
    now: number,
    idleExpiresAt: number,
  ): Promise<boolean> {
    const rows = await this.database.execute(
      `UPDATE sessions SET generation = generation + 1, rotated_at = ?, idle_expires_at = ?, status_index = ?
       WHERE id = ? AND generation = ? AND ended_at IS NULL`,
      [now, idleExpiresAt, statusIndex, id, generation],
    );
    return rows === 1;
  }

  /** Notes a new proof of who the session's person is. Returns false when it is over: nothing revives it. */
  async freshen(id: string, authTime: number, amr: string): Promise<boolean> {
    const rows = await this.database.execute(
      `UPDATE sessions SET auth_time = ?, amr = ? WHERE id = ? AND ended_at IS NULL`,
      [authTime, amr, id],
    );
    return rows === 1;
  }

  /** Ends the session. Returns false when it was over already. */
  async end(id: string, reason: SessionEndReason, now: number): Promise<boolean> {
    const rows = await this.database.execute(
      `UPDATE sessions SET ended_at = ?, end_reason = ?, idle_expires_at = ? WHERE id = ? AND ended_at IS NULL`,
      [now, reason, now, id],
    );
    return rows === 1;
  }

  /** Ends some of the sessions there are. Returns how many; 0 when none is left that was not over. */
  endSome(reason: SessionEndReason, now: number): Promise<number> {
    // The inner SELECT twice over: MySQL refuses to read directly from the table that it changes.
    return this.database.execute(
      `UPDATE sessions SET ended_at = ?, end_reason = ?, idle_expires_at = ? WHERE id IN (SELECT id FROM (
         SELECT id FROM sessions WHERE ended_at IS NULL LIMIT ${BATCH}) AS open_sessions)`,
      [now, reason, now],
    );
  }

  /** The sessions that can still be refreshed at `now`, the one used last first. */
  live(principalId: string, now: number): Promise<Session[]> {
    return this.database.repository(Session).find({
      where: { principalId, endedAt: IsNull(), idleExpiresAt: MoreThan(now) },
      order: { rotatedAt: 'DESC', id: 'ASC' },
    });
  }

  /** Whether the principal has had a session from this address that is still remembered. */
  hasBeenSeenFrom(principalId: string, ip: string): Promise<boolean> {
    return this.database.repository(Session).existsBy({ principalId, ip });
  }
}
