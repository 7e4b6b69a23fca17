import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import type { PrincipalType } from '../access/principal.js';
import { Database } from '../platform/database/database.js';
import { behind } from '../platform/database/dialect.js';
import { RowColumns } from '../platform/database/row-columns.js';
import type { Position } from '../platform/http/pagination.js';
import { PrincipalRecord } from '../principals/principal-record.entity.js';
import { Grant } from './grant.entity.js';

/** A grant, and of which type its principal is; null when it is for a role. */
export type GrantOfSomebody = Grant & { readonly principalType: PrincipalType | null };

/** Grants in the database. */
@Injectable()
export class GrantsRepository {
  private readonly columns: RowColumns<Grant>;

  constructor(private readonly database: Database) {
    this.columns = new RowColumns(database, Grant, 'g');
  }

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
  async concerning(
    resourceId: string,
    principalId: string,
    roles: readonly string[],
  ): Promise<Grant[]> {
    const orTheirRoles =
      roles.length === 0 ? '' : `OR g.role_name IN (${roles.map(() => '?').join(', ')})`;
    const rows = await this.database.select<object>(
      `SELECT ${this.columns.sql} FROM resource_grants g
       WHERE g.resource_id = ? AND (g.principal_id = ? ${orTheirRoles}) ORDER BY g.created_at, g.id`,
      [resourceId, principalId, ...roles],
    );
    return rows.map((row) => this.columns.read(row));
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
