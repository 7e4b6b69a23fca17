import { defineProblem } from '../platform/http/problem.js';

/** There must always be an enabled administrator (I-13). */
export class LastAdministrator extends defineProblem(
  'last_administrator',
  409,
  'This would leave no enabled administrator',
) {}

export class UnknownRole extends defineProblem('unknown_role', 400, 'There is no such role') {}
