import { AccessDenied } from '../access/access.errors.js';
import { holds, isAdmin } from '../access/principal.js';
import type { Principal } from '../access/principal.js';
import { expectPowerOfRoles } from '../roles/own-power.js';
import type { RolePower } from '../roles/own-power.js';
import { expectManageable } from '../users/user-power.js';
import { ServiceAccountNotFound } from './service-accounts.errors.js';
import type { AccountRecord } from './service-accounts.repository.js';

/**
 * The account that was looked up, when the principal looks after it: as its owner, or with
 * `service-accounts:write`. An account with the role of administrators is only changed by them, and by
 * its owner, who must be able to take back a secret that got out.
 *
 * 403 and not 404 for somebody else's: all who may call these routes may read every account.
 *
 * @throws ServiceAccountNotFound
 * @throws AccessDenied
 */
export function lookedAfter(account: AccountRecord | undefined, by: Principal): AccountRecord {
  if (account === undefined) throw new ServiceAccountNotFound();
  if (account.ownerId === by.id) return account;
  if (!holds(by, ['service-accounts:write'])) {
    throw new AccessDenied('needs to be the owner, or the permission service-accounts:write');
  }
  expectManageable(by, account);
  return account;
}

/**
 * Whoever makes a credential of an account can speak as the account from then on, and whoever hands the
 * account over lets another do so. That takes all that the account may do: nobody gets to more than they
 * hold by becoming somebody else (AZ-07). Its roles count by their permissions and by what resources grant
 * to them. Resources that were granted to it or are its own are so to the account as its owner keeps it, so
 * a stranger needs `resources:manage`, with which they could have the same for themselves.
 *
 * @param power what the account's roles give.
 * @param reachesResources whether resources are open to the account by itself.
 * @throws AccessDenied
 */
export function expectMayBecome(
  by: Principal,
  account: AccountRecord,
  power: RolePower,
  reachesResources: boolean,
): void {
  if (isAdmin(by)) return;
  expectManageable(by, account);
  expectPowerOfRoles(by, power);
  if (reachesResources && account.ownerId !== by.id && !holds(by, ['resources:manage'])) {
    throw new AccessDenied(
      'the account has grants on resources, or owns some: needs to be its owner, or the permission resources:manage',
    );
  }
}
