import type { ErrorFormat } from '../platform/http/error-format.js';
import { TextField } from '../platform/http/fields.js';
import type { Problem, ProblemKind } from '../platform/http/problem.js';

/** The body of an error at `/oauth/*` (RFC 6749 5.2). */
export class OAuthErrorView {
  @TextField({
    description: "OAuth's own word for it, for OAuth libraries.",
    max: 64,
    example: 'invalid_request',
  })
  readonly error!: string;

  @TextField({ description: 'A sentence for people.', max: 2048 })
  readonly error_description!: string;

  @TextField({
    description: 'What it is more exactly; does not change (errors.md).',
    max: 64,
    pattern: /^[a-z][a-z_]*$/,
    example: 'validation_failed',
  })
  readonly code!: string;

  @TextField({ description: 'Finds the request in the logs.', max: 64 })
  readonly request_id!: string;
}

/** Problems whose code is the word that OAuth has for them. */
const SAME_WORD = new Set([
  'invalid_client',
  'invalid_scope',
  'invalid_target',
  'invalid_token', // RFC 6750 3.1
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_token_type', // RFC 7009 2.2.1
]);

/** The word for all others of a status. What is in neither list is `invalid_request`, or our fault. */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'insufficient_scope', // RFC 6750 3.1
  429: 'slow_down', // RFC 8628 3.5, the one word that there is for it
  503: 'temporarily_unavailable',
};

const DESCRIPTION_MAX = 500;

/** RFC 6749 5.2. Where nothing else is specified, what the client did wrong is a 400. */
export const OAUTH_ERRORS: ErrorFormat = {
  contentType: 'application/json',
  schema: OAuthErrorView.name,
  statusOf: ({ status }) => (status === 422 ? 400 : status),
  bodyOf: (problem, requestId): OAuthErrorView => ({
    error: errorOf(problem.kind),
    error_description: describe(problem),
    code: problem.kind.code,
    request_id: requestId,
  }),
};

function errorOf({ code, status }: ProblemKind): string {
  if (SAME_WORD.has(code)) return code;
  // Less scope is what makes a token smaller.
  if (code === 'token_too_large') return 'invalid_scope';
  return BY_STATUS[status] ?? (status < 500 ? 'invalid_request' : 'server_error');
}

/** RFC 6749 5.2: printable ASCII, without quotes and backslashes. */
function describe({ kind, detail, errors = [] }: Problem): string {
  const fields = errors.map((field) => `${field.pointer.slice(1)} ${field.detail}`.trim());
  const words = fields.length > 0 ? fields.join('; ') : (detail ?? kind.title);
  return words
    .slice(0, DESCRIPTION_MAX)
    .replaceAll(/["\\]/g, "'")
    .replaceAll(/[^ -~]/g, '?');
}
