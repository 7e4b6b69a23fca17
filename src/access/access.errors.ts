import { defineProblem } from '../platform/http/problem.js';

/** No token was sent. RFC 6750 3.1: then the challenge carries no error code. */
export class AuthenticationRequired extends defineProblem(
  'authentication_required',
  401,
  'This needs an access token',
) {
  constructor() {
    super({ headers: { 'WWW-Authenticate': 'Bearer realm="signet"' } });
  }
}

/** A token was sent and is not good, whatever the reason: from outside all of them look alike. */
export class InvalidToken extends defineProblem(
  'invalid_token',
  401,
  'The access token is not valid',
) {
  constructor() {
    super({ headers: { 'WWW-Authenticate': 'Bearer realm="signet", error="invalid_token"' } });
  }
}

/**
 * The token is good, and whom it speaks for proved who they are too long ago for this (RFC 9470 3).
 * `maxAge` is in milliseconds.
 */
export class StaleAuthentication extends defineProblem(
  'insufficient_user_authentication',
  401,
  'This needs a more recent proof of who you are',
) {
  constructor(maxAge: number) {
    const seconds = Math.floor(maxAge / 1000);
    super({
      detail: `needs a proof from the last ${seconds} seconds; POST /v1/auth/reauthenticate gives a fresh token`,
      headers: {
        'WWW-Authenticate': `Bearer realm="signet", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age=${seconds}`,
      },
    });
  }
}

/** Credentials were sent in a way that leaves open which are meant (RFC 6750 2). */
export class AmbiguousCredentials extends defineProblem(
  'ambiguous_credentials',
  400,
  'Credentials must be sent once, in one way',
) {}

/** The token is good, and not enough for this. */
export class AccessDenied extends defineProblem('access_denied', 403, 'You may not do this') {
  constructor(detail?: string) {
    super({
      ...(detail === undefined ? {} : { detail }),
      headers: { 'WWW-Authenticate': 'Bearer realm="signet", error="insufficient_scope"' },
    });
  }
}
