import { defineProblem } from '../platform/http/problem.js';

/** There is an administrator already, or the installation has no set-up token. */
export class SetupClosed extends defineProblem('setup_closed', 409, 'Set-up is closed') {}

export class WrongSetupToken extends defineProblem(
  'wrong_setup_token',
  403,
  'The set-up token is wrong',
) {}
