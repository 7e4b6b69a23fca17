import { defineProblem } from '../platform/http/problem.js';

/** Not a refresh token of ours, or of a session that was never there. */
export class InvalidRefreshToken extends defineProblem(
  'invalid_refresh_token',
  401,
  'The refresh token is not valid',
) {}

/** The session was not refreshed in time, or has reached its absolute end. */
export class SessionExpired extends defineProblem(
  'session_expired',
  401,
  'The session has expired; sign in again',
) {}

/** The session was ended: signed out, or ended by an administrator or a password change. */
export class SessionEnded extends defineProblem(
  'session_ended',
  401,
  'The session was ended; sign in again',
) {}

/** A spent refresh token came back: somebody has a copy. The session is over for everyone who holds a part of it. */
export class RefreshTokenReused extends defineProblem(
  'refresh_token_reused',
  401,
  'The refresh token was used before; the session was ended for safety',
) {}

export class SessionNotFound extends defineProblem(
  'session_not_found',
  404,
  'You have no such session',
) {}
