import { describe, expect, it } from '@jest/globals';
import { AccessDenied, AuthenticationRequired, InvalidToken } from '../access/access.errors.js';
import { TooManyAttempts } from '../auth/auth.errors.js';
import type { Problem } from '../platform/http/problem.js';
import {
  InternalError,
  MalformedRequest,
  MethodNotAllowed,
  PayloadTooLarge,
  ServiceUnavailable,
  UnsupportedMediaType,
  ValidationFailed,
} from '../platform/http/problems.js';
import { RevocationStateStale } from '../revocation/revocation.errors.js';
import { TokenTooLarge } from '../tokens/token-issuer.js';
import { OAUTH_ERRORS } from './oauth-error-format.js';
import {
  InvalidScope,
  InvalidSubjectToken,
  InvalidTarget,
  UnauthorizedClient,
  UnsupportedGrantType,
} from './oauth.errors.js';

const written = (problem: Problem) => [
  OAUTH_ERRORS.statusOf(problem.kind),
  (OAUTH_ERRORS.bodyOf(problem, 'r-1') as { error: string }).error,
];
const description = (problem: Problem) =>
  (OAUTH_ERRORS.bodyOf(problem, 'r-1') as { error_description: string }).error_description;

describe('an error of OAuth', () => {
  it.each<[Problem, number, string]>([
    [new ValidationFailed(), 400, 'invalid_request'],
    [new MalformedRequest(), 400, 'invalid_request'],
    [new InvalidSubjectToken(), 400, 'invalid_request'],
    [new UnsupportedGrantType(), 400, 'unsupported_grant_type'],
    [new UnauthorizedClient(), 400, 'unauthorized_client'],
    [new InvalidScope(), 400, 'invalid_scope'],
    [new InvalidTarget(), 400, 'invalid_target'],
    [new TokenTooLarge(), 400, 'invalid_scope'],
    [new AuthenticationRequired(), 401, 'invalid_client'],
    [new InvalidToken(), 401, 'invalid_token'],
    [new AccessDenied(), 403, 'insufficient_scope'],
    [new MethodNotAllowed(), 405, 'invalid_request'],
    [new PayloadTooLarge(), 413, 'invalid_request'],
    [new UnsupportedMediaType(), 415, 'invalid_request'],
    [new TooManyAttempts(1), 429, 'slow_down'],
    [new InternalError(), 500, 'server_error'],
    [new ServiceUnavailable(), 503, 'temporarily_unavailable'],
    [new RevocationStateStale(), 503, 'temporarily_unavailable'],
  ])('%s is %s %s', (problem, status, error) => {
    expect(written(problem)).toEqual([status, error]);
  });

  it('keeps the code and the id that every other error has', () => {
    expect(OAUTH_ERRORS.bodyOf(new RevocationStateStale(), 'r-1')).toEqual({
      error: 'temporarily_unavailable',
      error_description:
        'Whether the token was revoked is not known for certain now; try again soon',
      code: 'revocation_state_stale',
      request_id: 'r-1',
    });
  });

  it('names the parameters that are wrong', () => {
    const errors = [
      { pointer: '/grant_type', code: 'required', detail: 'is missing' },
      { pointer: '/', code: 'repeated', detail: 'must not be sent twice' },
    ];
    expect(description(new ValidationFailed({ errors }))).toBe(
      'grant_type is missing; must not be sent twice',
    );
  });

  it('has no character that RFC 6749 5.2 does not allow, however long the reason', () => {
    const detail = `"quoted" \\ and é\n${'x'.repeat(1000)}`;
    const text = description(new InvalidTarget({ detail }));
    expect(text.startsWith("'quoted' ' and ??xxx")).toBe(true);
    expect(text).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]{1,500}$/);
  });
});
