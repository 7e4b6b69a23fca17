import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ADMIN_ROLE } from '../access/permissions.js';
import type { Actor, PrincipalType } from '../access/principal.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import type { RawNumber } from '../platform/database/dialect.js';
import { isMissingReference } from '../platform/database/database-errors.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { NO_VERSION } from '../revocation/revocation.js';
import type { RevocationReason, RevocationTarget } from '../revocation/revocation.js';
import { PrincipalRecord } from './principal-record.entity.js';
import type { PrincipalStatus } from './principal-record.entity.js';
import { PrincipalRole } from './principal-role.entity.js';
import { LastAdministrator, UnknownRole } from './principals.errors.js';
import { STANDING_COLUMNS, STANDING_JOINS, STANDING_ORDER, readStanding } from './standing.js';
import type { Standing, StandingRow } from './standing.js';

/** Ids in one statement. */
const BATCH = 500;

/** Principals whose versions are raised at once: far below the time that a statement may take. */
const SKIP_BATCH = 10_000;

/** More often than a principal's tokens can have been outdated since any backup that is still worth restoring. */
const SKIPPED_VERSIONS = 100_000;

/** The common ground of everyone who can hold a token: status, roles, and the version of their tokens. */
@Injectable()
export class PrincipalsService {
  constructor(
    private readonly database: Database,
    private readonly revocations: RevocationService,
    private readonly clock: Clock,
  ) {}

  /** Makes a principal with a fresh id. Needs a transaction. @throws UnknownRole */
  async create(type: PrincipalType, roles: readonly string[]): Promise<string> {
    const id = randomUUID();
    await this.database.repository(PrincipalRecord).insert({
      id,
      type,
      status: 'active',
      tokenVersion: 1,
      createdAt: this.clock.now(),
    });
    await this.insertRoles(id, roles);
    return id;
  }

  /** How the principal stands now; undefined when there is none of that id. */
  async standing(id: string): Promise<Standing | undefined> {
    const rows = await this.database.select<StandingRow>(
      `SELECT ${STANDING_COLUMNS} FROM principals p ${STANDING_JOINS} WHERE p.id = ? ${STANDING_ORDER}`,
      [id],
    );
    return readStanding(rows);
  }

  /**
   * Keeps everyone else from changing this principal, or opening and ending its sessions, until the
   * transaction ends.
   */
  async lock(id: string): Promise<void> {
    await this.database.lock('principals', 'id', id);
  }

  /** Sets the roles. Needs a transaction. @throws UnknownRole */
  async setRoles(id: string, roles: readonly string[]): Promise<void> {
    await this.database.repository(PrincipalRole).delete({ principalId: id });
    await this.insertRoles(id, roles);
  }

  /** Returns whether the status is another one than before. Needs a transaction. */
  async setStatus(id: string, status: PrincipalStatus): Promise<boolean> {
    const changed = await this.database.execute(
      'UPDATE principals SET status = ? WHERE id = ? AND status <> ?',
      [status, id, status],
    );
    return changed === 1;
  }

  /** Removes the principal and all that hangs on it; its tokens are refused from the commit on. Needs a transaction. */
  async delete(actor: Actor, id: string): Promise<void> {
    await this.database.repository(PrincipalRecord).delete({ id });
    await this.revocations.revoke(actor, 'deleted', [
      { kind: 'principal', subject: id, minVersion: NO_VERSION },
    ]);
  }

  /**
   * Makes every token issued so far to the principals invalid; their sessions go on and get tokens
   * that say what is left. Needs a transaction; call it last.
   *
   * @returns the revision of the revocation; undefined when none of the principals exists.
   */
  async outdateTokens(
    actor: Actor,
    reason: RevocationReason,
    ids: readonly string[],
  ): Promise<number | undefined> {
    const targets: RevocationTarget[] = [];
    // In one order always, so that two such transactions do not deadlock.
    for (const batch of batches([...ids].sort())) {
      await this.database.execute(
        `UPDATE principals SET token_version = token_version + 1 WHERE id IN (${marks(batch)})`,
        batch,
      );
      const rows = await this.database.select<{ id: string; version: RawNumber }>(
        `SELECT id AS id, token_version AS version FROM principals WHERE id IN (${marks(batch)})`,
        batch,
      );
      for (const { id, version } of rows) {
        targets.push({ kind: 'principal', subject: id, minVersion: Number(version) });
      }
    }
    return targets.length === 0 ? undefined : this.revocations.revoke(actor, reason, targets);
  }

  /**
   * Leaves out the versions that tokens may have had since a backup that was restored: replicas and
   * consumers that remember one would refuse every new token below it. In parts, outside of a transaction;
   * done twice, it does no harm.
   */
  async skipVersions(): Promise<void> {
    for (let after = ''; ;) {
      const ids = await this.database.select<{ id: string }>(
        `SELECT id AS id FROM principals WHERE id > ? ORDER BY id LIMIT ${SKIP_BATCH}`,
        [after],
      );
      const last = ids.at(-1)?.id;
      if (last === undefined) return;
      await this.database.execute(
        'UPDATE principals SET token_version = token_version + ? WHERE id > ? AND id <= ?',
        [SKIPPED_VERSIONS, after, last],
      );
      after = last;
    }
  }

  /** The ids of all who have the role, in an order that keeps two such transactions from deadlocking. */
  async holdersOf(role: string): Promise<readonly string[]> {
    const rows = await this.database.select<{ id: string }>(
      'SELECT principal_id AS id FROM principal_roles WHERE role_name = ? ORDER BY principal_id',
      [role],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Lets changes of what many may do run one after the other: whoever decides by what others have or
   * hold decides by what is there. The row of the administrators' role is the lock. Needs a
   * transaction; take it before other locks.
   */
  async lockPowers(): Promise<void> {
    await this.database.lock('roles', 'name', ADMIN_ROLE);
  }

  /**
   * Runs a change that may take an administrator away, one after the other, so that two administrators
   * cannot remove each other. Needs a transaction.
   *
   * @throws LastAdministrator when nobody would be left.
   */
  async keepingAnAdministrator<T>(change: () => Promise<T>): Promise<T> {
    await this.lockPowers();
    const result = await change();
    const [left] = await this.database.select<{ id: string }>(
      `SELECT p.id AS id FROM principals p JOIN principal_roles pr ON pr.principal_id = p.id
       WHERE pr.role_name = ? AND p.type = 'user' AND p.status = 'active' LIMIT 1`,
      [ADMIN_ROLE],
    );
    if (left === undefined) throw new LastAdministrator();
    return result;
  }

  private async insertRoles(principalId: string, roles: readonly string[]): Promise<void> {
    if (roles.length === 0) return;
    try {
      await this.database
        .repository(PrincipalRole)
        .insert(roles.map((roleName) => ({ principalId, roleName })));
    } catch (error) {
      if (isMissingReference(error)) throw new UnknownRole({ cause: error });
      throw error;
    }
  }
}

/** Parts that fit into one statement. */
function* batches(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += BATCH) yield ids.slice(start, start + BATCH);
}

function marks(ids: readonly string[]): string {
  return ids.map(() => '?').join(', ');
}
