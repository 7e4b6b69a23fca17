import type { OperationObject, ResponseObject } from '@nestjs/swagger';
import { describe, expect, it } from '@jest/globals';
import { Authenticated, Public, RequirePermissions } from '../../access/access.js';
import { defineProblem } from '../../platform/http/problem.js';
import { Throws } from '../../platform/http/throws.js';
import { AnswersAlways } from '../startup.guard.js';
import { completeOperation } from './complete-operation.js';

class Broken extends defineProblem('spec_broken', 409, 'It is broken') {}

@Authenticated()
class ThingsController {
  @Public()
  open(): string {
    return 'anyone';
  }

  own(): string {
    return 'signed in';
  }

  @RequirePermissions('users:read')
  @Throws(Broken)
  guarded(): string {
    return 'permitted';
  }
}

@AnswersAlways()
@Public()
class LiveController {
  live(): string {
    return 'ok';
  }
}

function completed(
  name: keyof ThingsController,
  given: Partial<OperationObject> = {},
): OperationObject {
  const operation = { responses: { 200: { description: '' } }, ...given };
  const handler = Reflect.get(ThingsController.prototype, name) as object;
  completeOperation(operation, { handler, controller: ThingsController });
  return operation;
}

function codesOf({ responses }: OperationObject): Record<string, string[]> {
  const entries = Object.entries(responses).map(([status, response]) => {
    const { content } = response as ResponseObject; // nothing here refers to a component
    return [status, Object.keys(content?.['application/problem+json']?.examples ?? {})] as const;
  });
  return Object.fromEntries(entries);
}

describe('completeOperation', () => {
  it('says who may call it', () => {
    expect(completed('guarded', { description: 'Does it.' })).toMatchObject({
      description: 'Does it.\n\nAccess: permission `users:read`.',
      security: [{ bearer: [] }],
      'x-signet-access': { kind: 'permissions', allOf: ['users:read'] },
    });
    expect(completed('open')).toMatchObject({ description: 'Access: anyone.', security: [] });
    expect(completed('own')).toMatchObject({ 'x-signet-access': { kind: 'authenticated' } });
  });

  it('adds the problems of authentication and those that the handler names, by status', () => {
    expect(codesOf(completed('guarded'))).toEqual({
      200: [],
      400: ['ambiguous_credentials'],
      401: ['authentication_required', 'invalid_token'],
      403: ['access_denied'],
      409: ['spec_broken'],
      503: ['revocation_state_stale', 'service_unavailable'],
    });
    expect(codesOf(completed('open'))).toEqual({ 200: [], 503: ['service_unavailable'] });
  });

  it('adds what can be wrong with the input', () => {
    const requestBody = { content: {} };
    const input = { requestBody, parameters: [{ name: 'If-Match', in: 'header' as const }] };
    expect(codesOf(completed('open', input))).toEqual({
      200: [],
      400: ['validation_failed', 'malformed_request'],
      412: ['precondition_failed'],
      413: ['payload_too_large'],
      415: ['unsupported_media_type'],
      503: ['service_unavailable'],
    });
    const parameters = [{ name: 'id', in: 'path' as const }];
    expect(codesOf(completed('open', { parameters }))).toEqual({
      200: [],
      400: ['validation_failed'],
      503: ['service_unavailable'],
    });
  });

  it('keeps what was documented before', () => {
    const own503 = { description: 'Mine.', content: { 'application/json': {} } };
    const response = completed('own', { responses: { 503: own503 } })
      .responses[503] as ResponseObject;
    expect(response.description).toMatch(/^Mine\. Whether/);
    expect(Object.keys(response.content ?? {})).toEqual([
      'application/json',
      'application/problem+json',
    ]);
  });

  it('leaves no response without a description', () => {
    expect(completed('open').responses[200]).toEqual({ description: 'OK' });
  });

  it('does not say 503 of what answers before start-up is over', () => {
    const operation = { responses: {} };
    const handler = Reflect.get(LiveController.prototype, 'live') as object;
    completeOperation(operation, { handler, controller: LiveController });
    expect(codesOf({ ...operation })).toEqual({});
  });
});
