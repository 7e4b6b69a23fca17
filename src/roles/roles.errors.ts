import { defineProblem } from '../platform/http/problem.js';

export class RoleNotFound extends defineProblem('role_not_found', 404, 'There is no such role') {}

export class RoleExists extends defineProblem('role_exists', 409, 'Another role has this name') {}

/** `admin` stays as it is, and no role that Signet brings along can be removed. */
export class BuiltInRole extends defineProblem(
  'built_in_role',
  409,
  'This cannot be done to a built-in role',
) {}
