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
