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
import { expectManageable, expectMayGive } from '../users/user-power.js';
import { ServiceAccountNotFound } from './service-accounts.errors.js';
import { ServiceAccountsRepository } from './service-accounts.repository.js';
import type { AccountRecord } from './service-accounts.repository.js';

/**
 * What service accounts may do, and whether they may do anything at all. Every method throws
 * ServiceAccountNotFound, and AccessDenied when the account is an administrator and the caller is not.
 *
 * Locks are taken in the order of `UserAccessService`: the account, the principal, and last the
 * revocations. That of the administrators' role is only needed where the size of tokens is counted: there
 * must always be a person who has the role, whatever the machines have.
 */
@Injectable()
export class AccountAccessService {
  constructor(
    private readonly accounts: ServiceAccountsRepository,
    private readonly principals: PrincipalsService,
    private readonly claims: ClaimsStore,
    private readonly roles: RolesService,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Refuses the account's tokens, and gives it no new ones. */
  async disable(actor: SignedIn, id: string): Promise<void> {
    const hasEnded = await this.database.transaction(async () => {
      await this.lockManageable(actor, id);
      if (!(await this.principals.setStatus(id, 'disabled'))) return false;
      await this.accounts.update(id, this.clock.now());
      await this.audit.record(actor, {
        action: 'service_account.disabled',
        target: { type: 'service-account', id },
      });
      await this.principals.outdateTokens(actor, 'disabled', [id]);
      return true;
    });
    if (!hasEnded) await this.feed.expectToKnow();
  }

  /** Lets the account have tokens again. */
  async enable(actor: SignedIn, id: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.lockManageable(actor, id);
      if (!(await this.principals.setStatus(id, 'active'))) return;
      await this.accounts.update(id, this.clock.now());
      await this.audit.record(actor, {
        action: 'service_account.enabled',
        target: { type: 'service-account', id },
      });
    });
  }

  /**
   * Removes the account with its credentials; its tokens are refused from then on.
   *
   * @param seen the version that the caller saw.
   * @throws PreconditionFailed
   */
  async delete(actor: SignedIn, id: string, seen: number | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const { name, ownerId, version } = await this.lockManageable(actor, id);
      expectVersion(version, seen);
      await this.audit.record(actor, {
        action: 'service_account.deleted',
        target: { type: 'service-account', id },
        detail: { name, ownerId },
      });
      await this.principals.delete(actor, id);
    });
  }

  /**
   * Sets the roles. What is taken away ends with the tokens so far; what is added comes with the next,
   * and is not more than the caller holds.
   *
   * @param seen the version that the caller saw.
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
      await this.principals.lockPowers(); // the claims count, so they stay as they are until this is done
      const { roles: before, version } = await this.lockManageable(actor, id);
      expectVersion(version, seen);
      const added = roles.filter((role) => !before.includes(role));
      expectMayGive(actor.principal, added);
      expectPowerOfRoles(actor.principal, await this.roles.powerOf(added));
      await this.roles.expectFit(roles, (await this.claims.find(id)).claims);
      await this.principals.setRoles(id, roles);
      await this.accounts.update(id, this.clock.now());
      await this.audit.record(actor, {
        action: 'service_account.roles_set',
        target: { type: 'service-account', id },
        detail: { before, after: [...roles].sort() },
      });
      const isLess = before.some((role) => !roles.includes(role));
      if (isLess) await this.principals.outdateTokens(actor, 'roles_changed', [id]);
      return isLess;
    });
    if (!hasEnded) await this.feed.expectToKnow();
  }

  /**
   * Refuses every token that the account has; its credentials get it new ones.
   *
   * @returns the revision of the revocation.
   */
  async revokeTokens(actor: SignedIn, id: string): Promise<number> {
    return this.database.transaction(async () => {
      await this.lockManageable(actor, id);
      await this.audit.record(actor, {
        action: 'service_account.tokens_revoked',
        target: { type: 'service-account', id },
      });
      const revision = await this.principals.outdateTokens(actor, 'administrator', [id]);
      if (revision === undefined) throw new ServiceAccountNotFound();
      return revision;
    });
  }

  private async lockManageable(actor: SignedIn, id: string): Promise<AccountRecord> {
    const account = await this.accounts.lock(id);
    if (account === undefined) throw new ServiceAccountNotFound();
    expectManageable(actor.principal, account);
    return account;
  }
}
