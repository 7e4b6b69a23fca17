import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { Database } from '../platform/database/database.js';
import { behind, likeContains } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import type { PrincipalStatus } from '../principals/principal-record.entity.js';
import { ServiceAccount } from './service-account.entity.js';

/** A service account with what the principal of the same id says. Instants are milliseconds since the epoch. */
export interface AccountRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string | null;
  readonly status: PrincipalStatus;
  readonly roles: readonly string[];
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a list of service accounts is narrowed to. */
export interface AccountFilter {
  readonly ownerId?: string;
  /** Text in its searchable form; its wildcards mean themselves. */
  readonly text?: string;
}

/** A row of `SELECT_ACCOUNTS`: numbers may arrive as text, roles as one text. */
interface Row extends Omit<AccountRecord, 'roles' | 'version' | 'createdAt' | 'updatedAt'> {
  readonly roles: string | null;
  readonly version: number | string;
  readonly createdAt: number | string;
  readonly updatedAt: number | string;
}

/** Role names have no commas. */
const SELECT_ACCOUNTS = `
  SELECT a.id AS id, a.name AS name, a.description AS description, a.owner_id AS ownerId,
    p.status AS status, a.version AS version, a.created_at AS createdAt, a.updated_at AS updatedAt,
    (SELECT GROUP_CONCAT(pr.role_name) FROM principal_roles pr WHERE pr.principal_id = a.id) AS roles
  FROM service_accounts a JOIN principals p ON p.id = a.id`;

/** What is asked of tables of a higher folder, which the database knows and imports may not. */
interface GrantToPrincipal {
  readonly principalId: string | null;
  readonly endsAt: number | null;
}
interface OwnedResource {
  readonly ownerId: string | null;
}

/** Service accounts in the database. */
@Injectable()
export class ServiceAccountsRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<AccountRecord | undefined> {
    const [row] = await this.database.select<Row>(`${SELECT_ACCOUNTS} WHERE a.id = ?`, [id]);
    return row === undefined ? undefined : recordOf(row);
  }

  /**
   * The account, which nobody else changes until the transaction ends: whoever decides about a write
   * decides about what is there. An UPDATE locks on every dialect; FOR UPDATE does not exist on
   * SQLite. Needs a transaction.
   */
  async lock(id: string): Promise<AccountRecord | undefined> {
    await this.database.lock('service_accounts', 'id', id);
    return this.find(id);
  }

  /** Up to `limit` accounts behind the position, the newest first. One query, however long the page. */
  async list(filter: AccountFilter, limit: number, after?: Position): Promise<AccountRecord[]> {
    const { ownerId, text } = filter;
    const conditions: string[] = [];
    const parameters: unknown[] = [];
    const where = (condition: string, ...values: readonly unknown[]) => {
      conditions.push(condition);
      parameters.push(...values);
    };
    if (ownerId !== undefined) where('a.owner_id = ?', ownerId);
    if (text !== undefined) where(`a.search_text LIKE ? ESCAPE '!'`, likeContains(text));
    if (after !== undefined) {
      where(behind('a.created_at', 'a.id'), after.at, after.at, after.id);
    }
    const rows = await this.database.select<Row>(
      `${SELECT_ACCOUNTS} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY a.created_at DESC, a.id DESC LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map(recordOf);
  }

  async insert(account: ServiceAccount): Promise<void> {
    await this.database.repository(ServiceAccount).insert(account);
  }

  /** Writes the changes to an account that is locked, and raises the version; without changes, only that. */
  async update(
    id: string,
    now: number,
    changes: Partial<Pick<ServiceAccount, 'name' | 'description' | 'ownerId' | 'searchText'>> = {},
  ): Promise<void> {
    await this.database
      .repository(ServiceAccount)
      .update({ id }, { ...changes, version: () => 'version + 1', updatedAt: now });
  }

  /** Whether a resource is open to this account by itself, not through a role: granted to it, or its own. */
  async reachesResources(id: string, now: number): Promise<boolean> {
    return (
      (await this.database.repository<OwnedResource>('Resource').existsBy({ ownerId: id })) ||
      this.database.repository<GrantToPrincipal>('Grant').existsBy([
        { principalId: id, endsAt: IsNull() },
        { principalId: id, endsAt: MoreThan(now) },
      ])
    );
  }
}

function recordOf(row: Row): AccountRecord {
  return {
    ...row,
    roles: row.roles === null ? [] : row.roles.split(',').sort(),
    version: Number(row.version),
    createdAt: Number(row.createdAt),
    updatedAt: Number(row.updatedAt),
  };
}
