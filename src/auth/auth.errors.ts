import { defineProblem } from '../platform/http/problem.js';

/** Unknown user, wrong password and disabled user look alike. */
export class InvalidCredentials extends defineProblem(
  'invalid_credentials',
  401,
  'The identifier or the password is wrong',
) {}

/** Too many failed sign-ins; `Retry-After` says when to try again. */
export class TooManyAttempts extends defineProblem(
  'too_many_attempts',
  429,
  'Too many attempts; try again later',
) {
  constructor(retryAfterMs: number) {
    super({ headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) } });
  }
}
