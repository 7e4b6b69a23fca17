import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { SelectQueryBuilder } from 'typeorm';
import type { PrincipalType } from '../access/principal.js';
import { Database } from '../platform/database/database.js';
import { behind } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import { PrincipalRecord } from '../principals/principal-record.entity.js';
import { Grant } from './grant.entity.js';

/** A grant, and of which type its principal is; null when it is for a role. */
export type GrantOfSomebody = Grant & { readonly principalType: PrincipalType | null };

/** Grants in the database. */
@Injectable()
export class GrantsRepository {
  constructor(private readonly database: Database) {}

  async insert(grant: Grant): Promise<void> {
    await this.database.repository(Grant).insert(grant);
  }

  async find(resourceId: string, id: string): Promise<GrantOfSomebody | undefined> {
    const [grant] = await this.read(
      this.select().where('g.resourceId = :resourceId AND g.id = :id', { resourceId, id }),
    );
    return grant;
  }

  async delete(id: string): Promise<void> {
    await this.database.repository(Grant).delete({ id });
  }

  /** Up to `limit` grants on the resource behind the position, the newest first. */
  list(resourceId: string, limit: number, after?: Position): Promise<GrantOfSomebody[]> {
    const select = this.select()
      .where('g.resourceId = :resourceId', { resourceId })
      .orderBy('g.createdAt', 'DESC')
      .addOrderBy('g.id', 'DESC')
      .limit(limit);
    if (after !== undefined) {
      select.andWhere(behind('g.createdAt', 'g.id', { at: ':at', id: ':id' }), { ...after });
    }
    return this.read(select);
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

  private select(): SelectQueryBuilder<Grant> {
    return this.database
      .repository(Grant)
      .createQueryBuilder('g')
      .leftJoin(PrincipalRecord, 'p', 'p.id = g.principalId')
      .addSelect('p.type', 'principalType');
  }

  /** One row a grant, so that rows and entities stand side by side. */
  private async read(select: SelectQueryBuilder<Grant>): Promise<GrantOfSomebody[]> {
    const { raw, entities } = await select.getRawAndEntities<{
      principalType: PrincipalType | null;
    }>();
    return entities.map((grant, i) => ({ ...grant, principalType: raw[i]?.principalType ?? null }));
  }
}
