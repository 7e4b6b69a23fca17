import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { behind, likeContains } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import type { PrincipalStatus } from '../principals/principal-record.entity.js';
import { User } from './user.entity.js';

/** A user with what the principal of the same id says. No password hash: only who asks for it gets it. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly displayName: string;
  readonly status: PrincipalStatus;
  readonly roles: readonly string[];
  readonly version: number;
  readonly passwordChangedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What signing in needs to know. */
export interface Credentials {
  readonly id: string;
  readonly passwordHash: string;
  readonly status: PrincipalStatus;
  readonly tokenVersion: number;
}

/** What a list of users is narrowed to. */
export interface UserFilter {
  readonly status?: PrincipalStatus;
  readonly role?: string;
  /** Text in its canonical form; its wildcards mean themselves. */
  readonly text?: string;
}

/** As the drivers give it: mysql2 has BIGINT as text, and roles come joined. */
interface Row extends Pick<UserRecord, 'id' | 'email' | 'username' | 'displayName' | 'status'> {
  readonly roles: string | null;
  readonly version: number | string;
  readonly passwordChangedAt: number | string;
  readonly createdAt: number | string;
  readonly updatedAt: number | string;
}

/** Role names have no commas. */
const SELECT_USERS = `
  SELECT u.id AS id, u.email AS email, u.username AS username, u.display_name AS displayName,
    p.status AS status, u.version AS version, u.password_changed_at AS passwordChangedAt,
    u.created_at AS createdAt, u.updated_at AS updatedAt,
    (SELECT GROUP_CONCAT(pr.role_name) FROM principal_roles pr WHERE pr.principal_id = u.id) AS roles
  FROM users u JOIN principals p ON p.id = u.id`;

/** Users in the database. */
@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<UserRecord | undefined> {
    const [row] = await this.database.select<Row>(`${SELECT_USERS} WHERE u.id = ?`, [id]);
    return row === undefined ? undefined : recordOf(row);
  }

  /**
   * The user, whom nobody else changes until the transaction ends: whoever decides about a write
   * decides about what is there. An UPDATE locks on every dialect; FOR UPDATE does not exist on
   * SQLite. Needs a transaction.
   */
  async lock(id: string): Promise<UserRecord | undefined> {
    await this.database.lock('users', 'id', id);
    return this.find(id);
  }

  /** Up to `limit` users behind the position, the newest first. One query, however long the page. */
  async list(filter: UserFilter, limit: number, after?: Position): Promise<UserRecord[]> {
    const { status, role, text } = filter;
    const conditions: string[] = [];
    const parameters: unknown[] = [];
    const where = (condition: string, ...values: readonly unknown[]) => {
      conditions.push(condition);
      parameters.push(...values);
    };
    if (status !== undefined) where('p.status = ?', status);
    if (role !== undefined) {
      where(
        'EXISTS (SELECT 1 FROM principal_roles f WHERE f.principal_id = u.id AND f.role_name = ?)',
        role,
      );
    }
    if (text !== undefined) where(`u.search_text LIKE ? ESCAPE '!'`, likeContains(text));
    if (after !== undefined) {
      where(behind('u.created_at', 'u.id'), after.at, after.at, after.id);
    }
    const rows = await this.database.select<Row>(
      `${SELECT_USERS} ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY u.created_at DESC, u.id DESC LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map(recordOf);
  }

  /** By e-mail address or username, in canonical form. A username has no `@`, so there is one reading. */
  async findForLogin(identifier: string): Promise<Credentials | undefined> {
    const column = identifier.includes('@') ? 'email' : 'username';
    const [row] = await this.database.select<Credentials>(
      `SELECT u.id AS id, u.password_hash AS passwordHash, p.status AS status, p.token_version AS tokenVersion
       FROM users u JOIN principals p ON p.id = u.id WHERE u.${column} = ?`,
      [identifier],
    );
    return row;
  }

  async passwordHash(id: string): Promise<string | undefined> {
    const [row] = await this.database.select<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = ?',
      [id],
    );
    return row?.hash;
  }

  async insert(user: User): Promise<void> {
    await this.database.repository(User).insert(user);
  }

  /** Writes the changes to a user who is locked, and raises the version; without changes, only that. */
  async update(
    id: string,
    now: number,
    changes: Partial<Pick<User, 'email' | 'username' | 'displayName' | 'searchText'>> = {},
  ): Promise<void> {
    await this.database
      .repository(User)
      .update({ id }, { ...changes, version: () => 'version + 1', updatedAt: now });
  }

  /** Sets another password, unless it was set meanwhile: the compare-and-set between two changes. */
  async changePassword(
    id: string,
    oldHash: string,
    newHash: string,
    now: number,
  ): Promise<boolean> {
    const rows = await this.database.execute(
      `UPDATE users SET password_hash = ?, password_changed_at = ?, version = version + 1, updated_at = ?
       WHERE id = ? AND password_hash = ?`,
      [newHash, now, now, id, oldHash],
    );
    return rows === 1;
  }

  /** Stores another hash of the same password, unless the password was changed meanwhile. */
  async replaceHash(id: string, oldHash: string, newHash: string): Promise<void> {
    await this.database.execute(
      'UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?',
      [newHash, id, oldHash],
    );
  }
}

/** Not `{ roles, ...rest }`: to leave a member out takes V8 longer than all else that is done with a row. */
function recordOf(row: Row): UserRecord {
  return {
    ...row,
    roles: row.roles === null ? [] : row.roles.split(',').sort(),
    version: Number(row.version),
    passwordChangedAt: Number(row.passwordChangedAt),
    createdAt: Number(row.createdAt),
    updatedAt: Number(row.updatedAt),
  };
}
