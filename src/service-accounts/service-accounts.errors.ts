import { defineProblem } from '../platform/http/problem.js';

/**
 * A client could not be authenticated (RFC 6749 5.2). Unknown client, wrong secret, disabled account,
 * credential past its end, replayed assertion: from outside all of them look alike; the audit log knows more.
 */
export class InvalidClient extends defineProblem(
  'invalid_client',
  401,
  'The client could not be authenticated',
) {
  constructor() {
    // RFC 9110 15.5.2 wants a challenge with every 401, RFC 6749 5.2 this one where Basic was tried.
    super({ headers: { 'WWW-Authenticate': 'Basic realm="signet"' } });
  }
}
