import { AccessDenied } from '../access/access.errors.js';
import { holds, isAdmin } from '../access/principal.js';
import type { Principal } from '../access/principal.js';

/** What roles give to whoever has them. */
export interface RolePower {
  readonly permissions: readonly string[];
  /** Those of the roles that something is granted to on a resource. */
  readonly grantedRoles: readonly string[];
}

/**
 * Nobody but an administrator hands out what they do not hold: otherwise whoever may write roles or
 * users could give themselves everything (AZ-07).
 *
 * @throws AccessDenied
 */
export function expectOwnPower(principal: Principal, handedOut: readonly string[]): void {
  if (isAdmin(principal) || handedOut.every((permission) => principal.permissions.has(permission)))
    return;
  throw new AccessDenied('you may only hand out permissions that you hold yourself');
}

/**
 * The same for roles, which somebody gives, or gets by becoming somebody who has them. What resources grant
 * to a role counts too: it goes on from those who hold it, and from whoever holds `resources:manage`, with
 * which they could grant it to themselves.
 *
 * @throws AccessDenied
 */
export function expectPowerOfRoles(
  principal: Principal,
  { permissions, grantedRoles }: RolePower,
): void {
  if (isAdmin(principal)) return;
  expectOwnPower(principal, permissions);
  const foreign = grantedRoles.filter((role) => !principal.roles.includes(role));
  if (foreign.length === 0 || holds(principal, ['resources:manage'])) return;
  throw new AccessDenied(
    `resources are granted to ${foreign.join(', ')}: needs to hold the role, or the permission resources:manage`,
  );
}
