import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../platform/database/database.js';
import type { Position } from '../platform/http/pagination.js';
import { Grant } from './grant.entity.js';

/** Grants in the database. */
@Injectable()
export class GrantsRepository {
  constructor(private readonly database: Database) {}

  async insert(grant: Grant): Promise<void> {
    await this.database.repository(Grant).insert(grant);
  }

  find(resourceId: string, id: string): Promise<Grant | null> {
    return this.database.repository(Grant).findOneBy({ id, resourceId });
  }

  async delete(id: string): Promise<void> {
    await this.database.repository(Grant).delete({ id });
  }

  /** Up to `limit` grants on the resource behind the position, the newest first. */
  list(resourceId: string, limit: number, after?: Position): Promise<Grant[]> {
    const select = this.database
      .repository(Grant)
      .createQueryBuilder('g')
      .where('g.resourceId = :resourceId', { resourceId })
      .orderBy('g.createdAt', 'DESC')
      .addOrderBy('g.id', 'DESC')
      .take(limit);
    if (after !== undefined) {
      select.andWhere('(g.createdAt < :at OR (g.createdAt = :at AND g.id < :id))', { ...after });
    }
    return select.getMany();
  }

  /** All grants on the resource, ended ones too, for the principal or for one of the roles. */
  concerning(resourceId: string, principalId: string, roles: readonly string[]): Promise<Grant[]> {
    return this.database.repository(Grant).find({
      where: [
        { resourceId, principalId },
        { resourceId, roleName: In([...roles]) },
      ],
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }
}
