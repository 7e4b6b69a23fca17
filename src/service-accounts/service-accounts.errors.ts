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

export class ServiceAccountNotFound extends defineProblem(
  'service_account_not_found',
  404,
  'There is no such service account',
) {}

export class ServiceAccountNameTaken extends defineProblem(
  'service_account_name_taken',
  409,
  'Another service account has this name',
) {}

export class CredentialNotFound extends defineProblem(
  'credential_not_found',
  404,
  'The service account has no such credential',
) {}

/** Each is a way in: what is no longer used is removed before there is another one. */
export class TooManyCredentials extends defineProblem(
  'too_many_credentials',
  409,
  'The service account has as many live credentials as it may have',
) {}
