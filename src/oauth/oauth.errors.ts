import { defineProblem } from '../platform/http/problem.js';

/** Errors that OAuth names itself; oauth-error-format.ts writes these and all others as OAuth wants it. */

/** RFC 6749 5.2. */
export class UnsupportedGrantType extends defineProblem(
  'unsupported_grant_type',
  400,
  'The grant type is not supported',
) {}

/** RFC 6749 5.2. */
export class UnauthorizedClient extends defineProblem(
  'unauthorized_client',
  400,
  'The client may not use this grant type',
) {}

/** RFC 6749 5.2. */
export class InvalidScope extends defineProblem(
  'invalid_scope',
  400,
  'The requested scope is malformed, or nothing of it can be granted',
) {}

/** RFC 7009 2.2.1. An encrypted token says nothing to us; whoever it is for can revoke what is inside. */
export class UnsupportedTokenType extends defineProblem(
  'unsupported_token_type',
  400,
  'An encrypted token cannot be revoked; revoke what is inside, or its credential',
) {}

/** RFC 8707 2. An unknown resource and one on which nothing is granted look alike. */
export class InvalidTarget extends defineProblem(
  'invalid_target',
  400,
  'There can be no token for this resource',
) {}

/** RFC 8693 2.2.2: whatever is wrong with it, the error is `invalid_request`. */
export class InvalidSubjectToken extends defineProblem(
  'invalid_subject_token',
  400,
  'The subject token cannot be exchanged',
) {}
