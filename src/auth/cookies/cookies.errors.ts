import { defineProblem } from '../../platform/http/problem.js';

/**
 * A cookie came along, and nothing shows that a page of ours wanted that (cross-site request forgery).
 * `detail` may say what is missing: a page of another site cannot read the answer.
 */
export class CsrfFailed extends defineProblem(
  'csrf_failed',
  403,
  'The request did not prove that it comes from your own page',
) {}

/** `TOKEN_LOCATIONS` leaves this way of carrying tokens out, so they would be of no use. */
export class TransportOff extends defineProblem(
  'transport_off',
  400,
  'Tokens are not handed out in this way here',
) {}
