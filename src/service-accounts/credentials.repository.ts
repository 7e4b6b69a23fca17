import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { Database } from '../platform/database/database.js';
import type { Position } from '../platform/http/pagination.js';
import { ServiceCredential } from './service-credential.entity.js';

/** Credentials in the database. Whether one is live is for its reader to ask, unless the name says so. */
@Injectable()
export class CredentialsRepository {
  constructor(private readonly database: Database) {}

  async insert(credential: ServiceCredential): Promise<void> {
    await this.database.repository(ServiceCredential).insert(credential);
  }

  find(serviceAccountId: string, id: string): Promise<ServiceCredential | null> {
    return this.database.repository(ServiceCredential).findOneBy({ id, serviceAccountId });
  }

  /** The account's credential with this secret: one look into the index, whether or not there is one. */
  findBySecret(serviceAccountId: string, secretHash: string): Promise<ServiceCredential | null> {
    return this.database
      .repository(ServiceCredential)
      .findOneBy({ secretHash, serviceAccountId, type: 'secret' });
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
      select.andWhere('(c.createdAt < :at OR (c.createdAt = :at AND c.id < :id))', { ...after });
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
