import { Injectable } from '@nestjs/common';
import type { PrincipalType } from '../access/principal.js';
import { Database } from '../platform/database/database.js';

/** Somebody by id, and by name while they are there. */
export interface NamedPrincipal {
  readonly id: string;
  readonly type?: PrincipalType;
  readonly name?: string;
}

/** Says who somebody is, to people. */
@Injectable()
export class PrincipalNames {
  constructor(private readonly database: Database) {}

  /** Whoever is gone is left out. */
  async of(ids: readonly string[]): Promise<ReadonlyMap<string, NamedPrincipal>> {
    if (ids.length === 0) return new Map();
    const different = [...new Set(ids)];
    const rows = await this.database.select<{
      id: string;
      type: PrincipalType;
      name: string | null;
    }>(
      `SELECT p.id AS id, p.type AS type, COALESCE(u.username, s.name) AS name
       FROM principals p
       LEFT JOIN users u ON u.id = p.id
       LEFT JOIN service_accounts s ON s.id = p.id
       WHERE p.id IN (${different.map(() => '?').join(', ')})`,
      different,
    );
    return new Map(
      rows.map(({ id, type, name }) => [id, { id, type, ...(name === null ? {} : { name }) }]),
    );
  }
}
