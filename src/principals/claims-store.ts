import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { PrincipalClaims } from './principal-claims.entity.js';
import type { UserClaims } from './user-claims.js';

/** Claims with their version; 0 before any were set. */
export interface VersionedClaims {
  readonly claims: UserClaims;
  readonly version: number;
}

/** What the size of a token depends on. */
export interface TokenWeight {
  readonly roles: readonly string[];
  readonly userClaims: UserClaims;
}

/** The custom claims of principals in the database. */
@Injectable()
export class ClaimsStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(principalId: string): Promise<VersionedClaims> {
    const row = await this.database.repository(PrincipalClaims).findOneBy({ principalId });
    return row === null
      ? { claims: {}, version: 0 }
      : { claims: parseClaims(row.claims), version: row.version };
  }

  /** Replaces the claims of a principal that is locked. Needs a transaction. */
  async replace(
    principalId: string,
    before: VersionedClaims,
    claims: UserClaims,
  ): Promise<VersionedClaims> {
    const version = before.version + 1;
    const row = {
      principalId,
      claims: JSON.stringify(claims),
      version,
      updatedAt: this.clock.now(),
    };
    const rows = this.database.repository(PrincipalClaims);
    if (before.version === 0) await rows.insert(row);
    else await rows.update({ principalId }, row);
    return { claims, version };
  }

  /**
   * For each different set of roles that holders of this role have, the largest claims that somebody
   * with that set has: whatever fits them fits all, however many holders there are.
   */
  async heaviestWith(role: string): Promise<readonly TokenWeight[]> {
    const rows = await this.database.select<{ roles: string; claims: string | null }>(
      `SELECT ranked.roles AS roles, ranked.claims AS claims FROM (
         SELECT sets.roles AS roles, c.claims AS claims,
           ROW_NUMBER() OVER (PARTITION BY sets.roles ORDER BY OCTET_LENGTH(c.claims) DESC) AS place
         FROM (
           SELECT principal_id AS principal_id, GROUP_CONCAT(role_name ORDER BY role_name) AS roles
           FROM principal_roles
           WHERE principal_id IN (SELECT principal_id FROM principal_roles WHERE role_name = ?)
           GROUP BY principal_id) AS sets
         LEFT JOIN principal_claims c ON c.principal_id = sets.principal_id) AS ranked
       WHERE ranked.place = 1`,
      [role],
    );
    return rows.map(({ roles, claims }) => ({
      roles: roles.split(','),
      userClaims: parseClaims(claims),
    }));
  }
}

/** Claims as the column has them. */
export function parseClaims(text: string | null): UserClaims {
  return text === null ? {} : (JSON.parse(text) as UserClaims); // written by the claims service only
}
