import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../platform/database/database.js';
import { behind, likeContains } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import type { LabelFilter, LabelledResource, Labels } from './labels.js';
import { ResourceLabel } from './resource-label.entity.js';
import { RowColumns } from '../platform/database/row-columns.js';
import { Resource } from './resource.entity.js';

/** What a list of resources is narrowed to. */
export interface ResourceFilter {
  readonly ownerId?: string;
  readonly label?: LabelFilter;
  /** Text in its searchable form; its wildcards mean themselves. */
  readonly text?: string;
}

/** A resource, as far as a token for it depends on it. */
export type ResourceForToken = Pick<
  Resource,
  'id' | 'identifier' | 'ownerId' | 'actions' | 'tokenTtl' | 'encryptionKey' | 'claims'
>;

/** Resources and their labels in the database. */
@Injectable()
export class ResourcesRepository {
  private readonly columns: RowColumns<Resource>;

  constructor(private readonly database: Database) {
    this.columns = new RowColumns(database, Resource, 'r');
  }

  async insert(resource: Resource): Promise<void> {
    await this.database.repository(Resource).insert(resource);
  }

  find(id: string): Promise<Resource | null> {
    return this.database.repository(Resource).findOneBy({ id });
  }

  /** What a token for the resource depends on. Asked for each token that is issued. */
  async findForToken(identifier: string): Promise<ResourceForToken | undefined> {
    const [row] = await this.database.select<object>(
      `SELECT ${this.columns.sql} FROM resources r WHERE r.identifier = ?`,
      [identifier],
    );
    return row === undefined ? undefined : this.columns.read(row);
  }

  /**
   * The resource, which nobody else changes until the transaction ends: whoever decides about a write
   * (owner, version, actions) decides about what is there. An UPDATE locks on every dialect; FOR
   * UPDATE does not exist on SQLite. Needs a transaction.
   */
  async lock(id: string): Promise<Resource | null> {
    await this.database.lock('resources', 'id', id);
    return this.find(id);
  }

  /** Writes the changes to a resource that is locked. */
  async update(id: string, changes: Partial<Resource>): Promise<void> {
    await this.database.repository(Resource).update({ id }, changes);
  }

  /** Removes the resource; the database takes its labels and grants along. */
  async delete(id: string): Promise<void> {
    await this.database.repository(Resource).delete({ id });
  }

  /** Up to `limit` resources behind the position, the newest first. Two queries, however long the page. */
  async list(filter: ResourceFilter, limit: number, after?: Position): Promise<LabelledResource[]> {
    const select = this.database
      .repository(Resource)
      .createQueryBuilder('r')
      .orderBy('r.createdAt', 'DESC')
      .addOrderBy('r.id', 'DESC')
      .take(limit);
    const { ownerId, label, text } = filter;
    if (ownerId !== undefined) select.andWhere('r.ownerId = :ownerId', { ownerId });
    if (text !== undefined) {
      select.andWhere(`r.searchText LIKE :text ESCAPE '!'`, { text: likeContains(text) });
    }
    if (label !== undefined) {
      const value = label.value === undefined ? '' : 'AND l.value = :labelValue';
      select.andWhere(
        `EXISTS (SELECT 1 FROM resource_labels l WHERE l.resource_id = r.id AND l.name = :labelName ${value})`,
        { labelName: label.name, labelValue: label.value },
      );
    }
    if (after !== undefined) {
      select.andWhere(behind('r.createdAt', 'r.id', { at: ':at', id: ':id' }), { ...after });
    }
    return this.withLabels(await select.getMany());
  }

  /** The resources with their labels, which one query reads for all of them. */
  async withLabels(resources: readonly Resource[]): Promise<LabelledResource[]> {
    const ids = resources.map(({ id }) => id);
    const rows =
      ids.length === 0
        ? []
        : await this.database
            .repository(ResourceLabel)
            .find({ where: { resourceId: In(ids) }, order: { resourceId: 'ASC', name: 'ASC' } });
    const byResource = new Map<string, [name: string, value: string][]>();
    for (const { resourceId, name, value } of rows) {
      const entries = byResource.get(resourceId);
      if (entries === undefined) byResource.set(resourceId, [[name, value]]);
      else entries.push([name, value]);
    }
    return resources.map((resource) => ({
      ...resource,
      labels: Object.fromEntries(byResource.get(resource.id) ?? []),
    }));
  }

  /** Replaces the labels of a resource that is new or locked. */
  async setLabels(resourceId: string, labels: Labels): Promise<void> {
    const repository = this.database.repository(ResourceLabel);
    await repository.delete({ resourceId });
    const rows = Object.entries(labels).map(([name, value]) => ({ resourceId, name, value }));
    if (rows.length > 0) await repository.insert(rows);
  }
}
