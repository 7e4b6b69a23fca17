import { AccessDenied } from '../access/access.errors.js';
import { isAdmin } from '../access/principal.js';
import type { Principal } from '../access/principal.js';

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
