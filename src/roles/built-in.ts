import { ADMIN_ROLE, BUILT_IN_ROLES } from '../access/permissions.js';
import { BuiltInRole } from './roles.errors.js';

const NAMES = new Set(BUILT_IN_ROLES.map(({ name }) => name));

/** Whether the role exists from the start. */
export function isBuiltIn(name: string): boolean {
  return NAMES.has(name);
}

/** @throws BuiltInRole for `admin`, which holds everything. */
export function assertChangeable(name: string): void {
  if (name === ADMIN_ROLE) throw new BuiltInRole({ detail: `the role ${name} cannot be changed` });
}

/** @throws BuiltInRole */
export function assertDeletable(name: string): void {
  if (isBuiltIn(name)) throw new BuiltInRole({ detail: `the role ${name} cannot be deleted` });
}
