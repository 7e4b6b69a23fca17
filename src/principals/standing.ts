import type { PrincipalType } from '../access/principal.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { parseClaims } from './claims-store.js';
import type { PrincipalStatus } from './principal-record.entity.js';
import type { UserClaims } from './user-claims.js';

/** What a token says about its principal, as it is now. */
export interface Standing {
  readonly type: PrincipalType;
  readonly status: PrincipalStatus;
  readonly tokenVersion: number;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly userClaims: UserClaims;
}

/** A row of a statement that selects `STANDING_COLUMNS`: one for each role. */
export interface StandingRow {
  readonly type: PrincipalType;
  readonly status: PrincipalStatus;
  readonly version: RawNumber;
  readonly role: string | null;
  readonly permissions: string | null;
  readonly claims: string | null;
}

/*
 * The parts of a statement in which `principals` is `p` (and `c`, `pr` and `r` are taken): so whoever reads something else of a principal
 * anyway reads its standing in the same statement, and as of the same moment.
 */
export const STANDING_COLUMNS =
  'p.type AS type, p.status AS status, p.token_version AS version, r.name AS role, r.permissions AS permissions, c.claims AS claims';
export const STANDING_JOINS = `LEFT JOIN principal_claims c ON c.principal_id = p.id
  LEFT JOIN principal_roles pr ON pr.principal_id = p.id
  LEFT JOIN roles r ON r.name = pr.role_name`;
export const STANDING_ORDER = 'ORDER BY r.name';

/** How the principal of the rows stands; undefined when there are none. */
export function readStanding(rows: readonly StandingRow[]): Standing | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const permissions = rows.flatMap(
    (row) => (row.permissions === null ? [] : (JSON.parse(row.permissions) as string[])), // written by the roles service only
  );
  return {
    type: first.type,
    status: first.status,
    tokenVersion: Number(first.version),
    roles: rows.flatMap((row) => (row.role === null ? [] : [row.role])),
    permissions: [...new Set(permissions)].sort(),
    userClaims: parseClaims(first.claims),
  };
}
