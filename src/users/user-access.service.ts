import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { expectVersion } from '../platform/http/etag.js';
import { ClaimsStore } from '../principals/claims-store.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { expectPowerOfRoles } from '../roles/own-power.js';
import { RolesService } from '../roles/roles.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { expectManageable, expectMayGive } from './user-power.js';
import { UserNotFound } from './users.errors.js';
import { UsersRepository } from './users.repository.js';
import type { UserRecord } from './users.repository.js';

/**
 * What people may do, and whether they may do anything at all. Every method throws UserNotFound, and
 * AccessDenied when the user is an administrator and the caller is not.
 *
 * Locks are taken in one order, so that two of these do not wait for each other: the role of
 * administrators, the user, the principal, and last the revocations.
 */
@Injectable()
export class UserAccessService {
  constructor(
    private readonly users: UsersRepository,
    private readonly principals: PrincipalsService,
    private readonly claims: ClaimsStore,
    private readonly sessions: SessionsService,
    private readonly roles: RolesService,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Ends everything that the user has open, and lets them open nothing new. @throws LastAdministrator */
  async disable(actor: SignedIn, id: string): Promise<void> {
    const hasEnded = await this.database.transaction(async () => {
      const changed = await this.principals.keepingAnAdministrator(async () => {
        await this.lockManageable(actor, id);
        return this.principals.setStatus(id, 'disabled');
      });
      if (!changed) return false;
      await this.users.update(id, this.clock.now());
      await this.audit.record(actor, { action: 'user.disabled', target: { type: 'user', id } });
      await this.sessions.endAll(actor, id, 'disabled');
      await this.principals.outdateTokens(actor, 'disabled', [id]);
      return true;
    });
    if (!hasEnded) await this.feed.expectToKnow();
  }

  /** Lets the user sign in again. */
  async enable(actor: SignedIn, id: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.lockManageable(actor, id);
      if (!(await this.principals.setStatus(id, 'active'))) return;
      await this.users.update(id, this.clock.now());
      await this.audit.record(actor, { action: 'user.enabled', target: { type: 'user', id } });
    });
  }

  /**
   * @param seen the version that the caller saw.
   * @throws LastAdministrator
   * @throws PreconditionFailed
   */
  async delete(actor: SignedIn, id: string, seen: number | undefined): Promise<void> {
    await this.database.transaction(() =>
      this.principals.keepingAnAdministrator(async () => {
        const { username, version } = await this.lockManageable(actor, id);
        expectVersion(version, seen);
        await this.audit.record(actor, {
          action: 'user.deleted',
          target: { type: 'user', id },
          detail: { username },
        });
        await this.principals.delete(actor, id);
      }),
    );
  }

  /**
   * Sets the roles. What is taken away ends with the tokens so far; what is added comes with the next.
   *
   * @param seen the version that the caller saw.
   * @throws LastAdministrator
   * @throws UnknownRole
   * @throws TokenTooLarge
   * @throws PreconditionFailed
   */
  async setRoles(
    actor: SignedIn,
    id: string,
    seen: number | undefined,
    roles: readonly string[],
  ): Promise<void> {
    const hasEnded = await this.database.transaction(async () => {
      const before = await this.principals.keepingAnAdministrator(async () => {
        const user = await this.lockManageable(actor, id);
        expectVersion(user.version, seen);
        await this.expectMayAdd(actor, user, roles);
        await this.roles.expectFit(roles, (await this.claims.find(id)).claims);
        await this.principals.setRoles(id, roles);
        return user.roles;
      });
      await this.users.update(id, this.clock.now());
      await this.audit.record(actor, {
        action: 'user.roles_set',
        target: { type: 'user', id },
        detail: { before, after: [...roles].sort() },
      });
      const isLess = before.some((role) => !roles.includes(role));
      if (isLess) await this.principals.outdateTokens(actor, 'roles_changed', [id]);
      return isLess;
    });
    if (!hasEnded) await this.feed.expectToKnow();
  }

  /**
   * Ends everything that the user has open; they may sign in again.
   *
   * @returns the revision of the revocation.
   */
  async revokeTokens(actor: SignedIn, id: string): Promise<number> {
    return this.database.transaction(async () => {
      await this.lockManageable(actor, id);
      await this.audit.record(actor, {
        action: 'user.tokens_revoked',
        target: { type: 'user', id },
      });
      await this.sessions.endAll(actor, id, 'administrator');
      const revision = await this.principals.outdateTokens(actor, 'administrator', [id]);
      if (revision === undefined) throw new UserNotFound();
      return revision;
    });
  }

  private async lockManageable(actor: SignedIn, id: string): Promise<UserRecord> {
    const user = await this.users.lock(id);
    if (user === undefined) throw new UserNotFound();
    expectManageable(actor.principal, user);
    return user;
  }

  /** Roles that the user has already are not handed out again. @throws AccessDenied */
  private async expectMayAdd(
    actor: SignedIn,
    user: UserRecord,
    roles: readonly string[],
  ): Promise<void> {
    const added = roles.filter((role) => !user.roles.includes(role));
    expectMayGive(actor.principal, added);
    expectPowerOfRoles(actor.principal, await this.roles.powerOf(added));
  }
}
