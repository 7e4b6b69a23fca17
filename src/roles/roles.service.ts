import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { isDuplicate } from '../platform/database/database-errors.js';
import { expectVersion } from '../platform/http/etag.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import type { PageQuery } from '../platform/http/pagination.js';
import { ClaimsStore } from '../principals/claims-store.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import type { UserClaims } from '../principals/user-claims.js';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { assertChangeable, assertDeletable } from './built-in.js';
import { expectOwnPower } from './own-power.js';
import type { RolePower } from './own-power.js';
import { RoleView } from './role.dto.js';
import type { ChangeRole, CreateRole, RolePage } from './role.dto.js';
import { Role } from './role.entity.js';
import { RoleExists, RoleNotFound } from './roles.errors.js';

/** The name of the list in its cursors. */
const LIST = 'roles';

/** Named sets of permissions. What is taken out of one is taken from its holders' tokens, too. */
@Injectable()
export class RolesService {
  constructor(
    private readonly principals: PrincipalsService,
    private readonly claims: ClaimsStore,
    private readonly issuer: TokenIssuer,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** By name. @throws InvalidCursor */
  async list({ limit = PAGE_DEFAULT, cursor }: PageQuery): Promise<RolePage> {
    const roles = await this.database.repository(Role).find({
      where: cursor === undefined ? {} : { name: MoreThan(decodeCursor(LIST, cursor).id) },
      order: { name: 'ASC' },
      take: limit + 1,
    });
    const position = ({ name }: Role) => ({ at: 0, id: name });
    return toPage(LIST, roles, limit, position, (role) => RoleView.of(role));
  }

  /** @throws RoleNotFound */
  async get(name: string): Promise<Role> {
    const role = await this.database.repository(Role).findOneBy({ name });
    if (role === null) throw new RoleNotFound();
    return role;
  }

  /** What somebody gets with all these roles now; a role that does not exist adds nothing. */
  async powerOf(names: readonly string[]): Promise<RolePower> {
    return {
      permissions: await this.permissionsOf(names),
      grantedRoles: await this.grantedAmong(names),
    };
  }

  /** What holders of all these roles may do; a role that does not exist adds nothing. */
  private async permissionsOf(names: readonly string[]): Promise<readonly string[]> {
    const roles = await this.database.repository(Role).findBy({ name: In([...names]) });
    return roles.flatMap(({ permissions }) => permissions);
  }

  /**
   * Whether a token with all these roles and claims stays within its size. Of two changes that fit by
   * themselves and not together, the later one is refused: they wait for each other. Needs a transaction.
   *
   * @throws TokenTooLarge
   */
  async expectFit(names: readonly string[], userClaims: UserClaims = {}): Promise<void> {
    await this.principals.lockPowers();
    this.issuer.expectFits(names, [...new Set(await this.permissionsOf(names))], userClaims);
  }

  /** @throws AccessDenied @throws RoleExists */
  async create(
    actor: SignedIn,
    { name, description = '', permissions }: CreateRole,
  ): Promise<Role> {
    expectOwnPower(actor.principal, permissions);
    const now = this.clock.now();
    const role: Role = {
      name,
      description,
      permissions,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await this.database.transaction(async () => {
      await this.insert(role);
      await this.audit.record(actor, {
        action: 'role.created',
        target: { type: 'role', id: name },
        detail: { permissions },
      });
    });
    return role;
  }

  /**
   * @param seen the version that the caller saw.
   * @throws RoleNotFound
   * @throws BuiltInRole
   * @throws PreconditionFailed
   * @throws AccessDenied for permissions that the caller does not hold.
   * @throws TokenTooLarge when a holder's token would be.
   */
  async change(
    actor: SignedIn,
    name: string,
    seen: number | undefined,
    body: ChangeRole,
  ): Promise<Role> {
    const { role, hasEnded } = await this.database.transaction(async () => {
      await this.principals.lockPowers();
      const before = await this.lock(name);
      assertChangeable(name);
      expectVersion(before.version, seen);
      const { description = before.description, permissions = before.permissions } = body;
      const added = missingIn(before.permissions, permissions);
      const removed = missingIn(permissions, before.permissions);
      expectOwnPower(actor.principal, added);
      const after: Role = {
        ...before,
        description,
        permissions,
        version: before.version + 1,
        updatedAt: this.clock.now(),
      };
      await this.database.repository(Role).update({ name }, after);
      if (added.length > 0) {
        for (const { roles, userClaims } of await this.claims.heaviestWith(name))
          await this.expectFit(roles, userClaims);
      }
      await this.audit.record(actor, {
        action: 'role.changed',
        target: { type: 'role', id: name },
        detail: { added, removed },
      });
      if (removed.length > 0) {
        await this.principals.outdateTokens(
          actor,
          'roles_changed',
          await this.principals.holdersOf(name),
        );
      }
      return { role: after, hasEnded: removed.length > 0 };
    });
    if (!hasEnded) await this.feed.expectToKnow();
    return role;
  }

  /**
   * Takes the role from everyone who has it.
   *
   * @param seen the version that the caller saw.
   * @throws RoleNotFound
   * @throws BuiltInRole
   * @throws PreconditionFailed
   */
  async delete(actor: SignedIn, name: string, seen: number | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const { permissions, version } = await this.lock(name);
      assertDeletable(name);
      expectVersion(version, seen);
      const holders = await this.principals.holdersOf(name);
      await this.database.repository(Role).delete({ name });
      await this.audit.record(actor, {
        action: 'role.deleted',
        target: { type: 'role', id: name },
        detail: { permissions, holders: holders.length },
      });
      await this.principals.outdateTokens(actor, 'roles_changed', holders);
    });
  }

  /** Those that live grants on resources are for. That table is of a higher folder, so SQL asks it. */
  private async grantedAmong(names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    const rows = await this.database.select<{ role: string }>(
      `SELECT DISTINCT role_name AS role FROM resource_grants
       WHERE role_name IN (${names.map(() => '?').join(', ')}) AND (ends_at IS NULL OR ends_at > ?)`,
      [...names, this.clock.now()],
    );
    return rows.map(({ role }) => role);
  }

  /**
   * The role, which nobody else changes or gets until the transaction ends: an UPDATE locks on every
   * dialect, and giving somebody the role asks for the row of the foreign key.
   */
  private async lock(name: string): Promise<Role> {
    await this.database.lock('roles', 'name', name);
    return this.get(name);
  }

  private async insert(role: Role): Promise<void> {
    try {
      await this.database.repository(Role).insert(role);
    } catch (error) {
      if (isDuplicate(error)) throw new RoleExists({ cause: error });
      throw error;
    }
  }
}

function missingIn(there: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((permission) => !there.includes(permission));
}
