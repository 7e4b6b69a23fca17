import { defineProblem } from './problem.js';

/** The problems that any HTTP API has, whatever it is about. */

export class ValidationFailed extends defineProblem(
  'validation_failed',
  400,
  'The request has fields that are wrong',
) {}
export class MalformedRequest extends defineProblem(
  'malformed_request',
  400,
  'The request cannot be understood',
) {}
export class InvalidCursor extends defineProblem(
  'invalid_cursor',
  400,
  'The cursor is not one that this list gave',
) {}
export class NotFound extends defineProblem('not_found', 404, 'There is nothing at this address') {}
export class MethodNotAllowed extends defineProblem(
  'method_not_allowed',
  405,
  'This address does not take this method',
) {}
export class RequestTimedOut extends defineProblem(
  'request_timeout',
  408,
  'The request took too long to arrive',
) {}
export class PreconditionFailed extends defineProblem(
  'precondition_failed',
  412,
  'It was changed since you read it',
) {}
export class PayloadTooLarge extends defineProblem(
  'payload_too_large',
  413,
  'The request body is too large',
) {}
export class UriTooLong extends defineProblem('uri_too_long', 414, 'The address is too long') {}
export class UnsupportedMediaType extends defineProblem(
  'unsupported_media_type',
  415,
  'The request body is of a media type that this address does not take',
) {}
export class HeadersTooLarge extends defineProblem(
  'headers_too_large',
  431,
  'The request headers are too large',
) {}
export class InternalError extends defineProblem(
  'internal_error',
  500,
  'Something went wrong on our side',
) {}
export class ServiceUnavailable extends defineProblem(
  'service_unavailable',
  503,
  'The service cannot answer now; try again soon',
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
