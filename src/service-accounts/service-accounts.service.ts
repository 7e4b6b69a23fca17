import { Injectable } from '@nestjs/common';
import { AccessDenied } from '../access/access.errors.js';
import { Freshness } from '../access/freshness.js';
import { holds } from '../access/principal.js';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { isDuplicate, isMissingReference } from '../platform/database/database-errors.js';
import { searchTextOf, searchable } from '../platform/database/search-text.js';
import { expectVersion } from '../platform/http/etag.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import { wrongField } from '../platform/http/problems.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { expectPowerOfRoles } from '../roles/own-power.js';
import { RolesService } from '../roles/roles.service.js';
import { expectMayGive } from '../users/user-power.js';
import { expectMayBecome, lookedAfter } from './account-power.js';
import { ServiceAccountView } from './service-account.dto.js';
import type {
  ChangeServiceAccount,
  CreateServiceAccount,
  ServiceAccountPage,
  ServiceAccountQuery,
} from './service-account.dto.js';
import { ACCOUNT_SEARCH_TEXT_MAX } from './service-account.entity.js';
import { ServiceAccountNameTaken, ServiceAccountNotFound } from './service-accounts.errors.js';
import { ServiceAccountsRepository } from './service-accounts.repository.js';
import type { AccountRecord } from './service-accounts.repository.js';

/** The name of the list in its cursors. */
const LIST = 'service-accounts';

/** Machines: what they are called and who looks after them. What they may do is `AccountAccessService`'s. */
@Injectable()
export class ServiceAccountsService {
  constructor(
    private readonly accounts: ServiceAccountsRepository,
    private readonly principals: PrincipalsService,
    private readonly roles: RolesService,
    private readonly freshness: Freshness,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The newest first. @throws InvalidCursor */
  async list({
    limit = PAGE_DEFAULT,
    cursor,
    owner,
    q,
  }: ServiceAccountQuery): Promise<ServiceAccountPage> {
    const filter = {
      ...(owner === undefined ? {} : { ownerId: owner }),
      ...(q === undefined ? {} : { text: searchable(q) }),
    };
    const after = cursor === undefined ? undefined : decodeCursor(LIST, cursor);
    return toPage(
      LIST,
      await this.accounts.list(filter, limit + 1, after),
      limit,
      (account) => ({ at: account.createdAt, id: account.id }),
      (account) => ServiceAccountView.of(account),
    );
  }

  /** @throws ServiceAccountNotFound */
  async get(id: string): Promise<ServiceAccountView> {
    const account = await this.accounts.find(id);
    if (account === undefined) throw new ServiceAccountNotFound();
    return ServiceAccountView.of(account);
  }

  /**
   * Makes an account with roles that give no more than the caller has. A person who does so becomes
   * its owner, unless they name another; a service owns nothing.
   *
   * @throws AccessDenied
   * @throws ValidationFailed for an owner who is no user.
   * @throws UnknownRole
   * @throws TokenTooLarge
   * @throws ServiceAccountNameTaken
   */
  async create(
    actor: SignedIn,
    { name, description = '', roles = [], ownerId }: CreateServiceAccount,
  ): Promise<ServiceAccountView> {
    const { principal } = actor;
    const owner = ownerId ?? (principal.type === 'user' ? principal.id : null);
    expectMayGive(principal, roles);
    const id = await this.database.transaction(async () => {
      expectPowerOfRoles(principal, await this.roles.powerOf(roles));
      await this.roles.expectFit(roles);
      if (owner !== null) await this.expectUser(owner);
      const made = await this.principals.create('service', roles);
      const now = this.clock.now();
      await namingConstraints(() =>
        this.accounts.insert({
          id: made,
          name,
          description,
          ownerId: owner,
          searchText: searchTextOf([name, description], ACCOUNT_SEARCH_TEXT_MAX),
          version: 1,
          createdAt: now,
          updatedAt: now,
        }),
      );
      await this.audit.record(actor, {
        action: 'service_account.created',
        target: { type: 'service-account', id: made },
        detail: { name, roles, ownerId: owner },
      });
      return made;
    });
    return this.get(id);
  }

  /**
   * Changes what the body names. The owner may change the description; the rest, which is how others know
   * the account and who may become it, takes `service-accounts:write`.
   *
   * @param seen the version that the caller saw.
   * @throws ServiceAccountNotFound
   * @throws AccessDenied
   * @throws StaleAuthentication for another owner, who can become the account by a credential of their own.
   * @throws PreconditionFailed
   * @throws ValidationFailed for an owner who is no user.
   * @throws ServiceAccountNameTaken
   */
  async change(
    actor: SignedIn,
    id: string,
    seen: number | undefined,
    changes: ChangeServiceAccount,
  ): Promise<ServiceAccountView> {
    await this.database.transaction(async () => {
      const before = lookedAfter(await this.accounts.lock(id), actor.principal);
      expectVersion(before.version, seen);
      const {
        name = before.name,
        description = before.description,
        ownerId = before.ownerId,
      } = changes;
      const after = { ...before, name, description, ownerId };
      const fields = CHANGEABLE.filter((field) => after[field] !== before[field]);
      await this.expectMayChange(actor, before, after);
      await namingConstraints(() =>
        this.accounts.update(id, this.clock.now(), {
          name,
          description,
          ownerId,
          searchText: searchTextOf([name, description], ACCOUNT_SEARCH_TEXT_MAX),
        }),
      );
      await this.audit.record(actor, {
        action: 'service_account.changed',
        target: { type: 'service-account', id },
        detail: {
          fields,
          ...(ownerId === before.ownerId ? {} : { ownerId, formerOwnerId: before.ownerId }),
        },
      });
    });
    return this.get(id);
  }

  private async expectMayChange(
    { principal }: SignedIn,
    before: AccountRecord,
    after: AccountRecord,
  ): Promise<void> {
    const isRenamed = after.name !== before.name;
    const isHandedOver = after.ownerId !== before.ownerId;
    if ((isRenamed || isHandedOver) && !holds(principal, ['service-accounts:write'])) {
      throw new AccessDenied('another name or owner needs the permission service-accounts:write');
    }
    if (!isHandedOver || after.ownerId === null) return;
    expectMayBecome(
      principal,
      before,
      await this.roles.powerOf(before.roles),
      await this.accounts.reachesResources(before.id, this.clock.now()),
    );
    this.freshness.expect(principal);
    await this.expectUser(after.ownerId);
  }

  /** A service cannot be asked who has its secrets. @throws ValidationFailed */
  private async expectUser(id: string): Promise<void> {
    if ((await this.principals.standing(id))?.type !== 'user') throw unknownOwner();
  }
}

const CHANGEABLE = ['name', 'description', 'ownerId'] as const;

function unknownOwner(cause?: unknown) {
  return wrongField('/ownerId', 'unknown_user', 'there is no such user', cause);
}

/** Gives the constraints of the table their meaning. @throws ServiceAccountNameTaken @throws ValidationFailed */
async function namingConstraints(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isDuplicate(error)) throw new ServiceAccountNameTaken({ cause: error });
    if (isMissingReference(error)) throw unknownOwner(error); // deleted just now
    throw error;
  }
}
