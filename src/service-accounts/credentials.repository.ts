import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { Database } from '../platform/database/database.js';
import { behind } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import { RowColumns } from '../platform/database/row-columns.js';
import {
  STANDING_COLUMNS,
  STANDING_JOINS,
  STANDING_ORDER,
  readStanding,
} from '../principals/standing.js';
import type { Standing, StandingRow } from '../principals/standing.js';
import { ServiceCredential } from './service-credential.entity.js';

/** Credentials in the database. Whether one is live is for its reader to ask, unless the name says so. */
@Injectable()
export class CredentialsRepository {
  private readonly columns: RowColumns<ServiceCredential>;

  constructor(private readonly database: Database) {
    this.columns = new RowColumns(database, ServiceCredential, 'k');
  }

  async insert(credential: ServiceCredential): Promise<void> {
    await this.database.repository(ServiceCredential).insert(credential);
  }

  find(serviceAccountId: string, id: string): Promise<ServiceCredential | null> {
    return this.database.repository(ServiceCredential).findOneBy({ id, serviceAccountId });
  }

  /**
   * The account's credential with this secret, and how the account stands at the same moment: one look
   * into the index, whether or not there is one.
   */
  async findBySecret(
    serviceAccountId: string,
    secretHash: string,
  ): Promise<{ credential: ServiceCredential; standing: Standing } | undefined> {
    const rows = await this.database.select<StandingRow>(
      `SELECT ${this.columns.sql}, ${STANDING_COLUMNS}
       FROM service_credentials k JOIN principals p ON p.id = k.service_account_id ${STANDING_JOINS}
       WHERE k.secret_hash = ? AND k.service_account_id = ? AND k.type = 'secret' ${STANDING_ORDER}`,
      [secretHash, serviceAccountId],
    );
    const standing = readStanding(rows);
    return rows[0] === undefined || standing === undefined
      ? undefined
      : { credential: this.columns.read(rows[0]), standing };
  }

  /** The live credentials of the account that are key pairs, the newest first. */
  liveKeyPairs(serviceAccountId: string, now: number): Promise<ServiceCredential[]> {
    const ofAccount = { serviceAccountId, type: 'public-key' as const };
    return this.database.repository(ServiceCredential).find({
      where: [
        { ...ofAccount, expiresAt: IsNull() },
        { ...ofAccount, expiresAt: MoreThan(now) },
      ],
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  countLive(serviceAccountId: string, now: number): Promise<number> {
    return this.database.repository(ServiceCredential).countBy([
      { serviceAccountId, expiresAt: IsNull() },
      { serviceAccountId, expiresAt: MoreThan(now) },
    ]);
  }

  /** Ends every credential there is. Returns how many were not over yet. */
  endEvery(now: number): Promise<number> {
    return this.database.execute(
      'UPDATE service_credentials SET expires_at = ? WHERE expires_at IS NULL OR expires_at > ?',
      [now, now],
    );
  }

  async delete(id: string): Promise<void> {
    await this.database.repository(ServiceCredential).delete({ id });
  }

  /** Up to `limit` credentials of the account behind the position, the newest first. */
  list(serviceAccountId: string, limit: number, after?: Position): Promise<ServiceCredential[]> {
    const select = this.database
      .repository(ServiceCredential)
      .createQueryBuilder('c')
      .where('c.serviceAccountId = :serviceAccountId', { serviceAccountId })
      .orderBy('c.createdAt', 'DESC')
      .addOrderBy('c.id', 'DESC')
      .take(limit);
    if (after !== undefined) {
      select.andWhere(behind('c.createdAt', 'c.id', { at: ':at', id: ':id' }), { ...after });
    }
    return select.getMany();
  }

  /** Gives the credential its status index, unless it has one; returns the one that it has then. */
  async index(id: string, statusIndex: number): Promise<number | null> {
    await this.database.execute(
      'UPDATE service_credentials SET status_index = ? WHERE id = ? AND status_index IS NULL',
      [statusIndex, id],
    );
    const row = await this.database.repository(ServiceCredential).findOneBy({ id });
    return row?.statusIndex ?? null;
  }

  /** Notes a use, unless one was noted after `unlessSince`: one write a minute, however many requests. */
  async noteUse(id: string, now: number, unlessSince: number): Promise<void> {
    await this.database.execute(
      `UPDATE service_credentials SET last_used_at = ?
       WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
      [now, id, unlessSince],
    );
  }
}
