import { AccessDenied } from '../access/access.errors.js';
import { ADMIN_ROLE } from '../access/permissions.js';
import { isAdmin } from '../access/principal.js';
import type { Principal } from '../access/principal.js';

/** Administrators are only changed by administrators. @throws AccessDenied */
export function expectManageable(
  by: Principal,
  target: { readonly roles: readonly string[] },
): void {
  if (target.roles.includes(ADMIN_ROLE) && !isAdmin(by)) {
    throw new AccessDenied('only administrators may change an administrator');
  }
}

/** Whatever it permits, the role of administrators is given by administrators. @throws AccessDenied */
export function expectMayGive(by: Principal, roles: readonly string[]): void {
  if (roles.includes(ADMIN_ROLE) && !isAdmin(by)) {
    throw new AccessDenied('only administrators may make an administrator');
  }
}
