import { defineProblem } from '../platform/http/problem.js';
import { ValidationFailed } from '../platform/http/problems.js';

export class ResourceNotFound extends defineProblem(
  'resource_not_found',
  404,
  'There is no such resource',
) {}

export class IdentifierTaken extends defineProblem(
  'identifier_taken',
  409,
  'Another resource has this identifier',
) {}

export class GrantNotFound extends defineProblem(
  'grant_not_found',
  404,
  'The resource has no such grant',
) {}

export class UnknownGrantee extends defineProblem(
  'unknown_grantee',
  400,
  'There is nobody of this id to grant to',
) {}

/** With HS256 the key that verifies also signs, so nobody else gets it. */
export class NothingToVerifyWith extends defineProblem(
  'nothing_to_verify_with',
  409,
  'The tokens of this installation cannot be verified by others',
) {}

/** A field that is well formed and still wrong, for a reason that only the service can know. */
export function wrongField(
  pointer: string,
  code: string,
  detail: string,
  cause?: unknown,
): ValidationFailed {
  return new ValidationFailed({ errors: [{ pointer, code, detail }], cause });
}
