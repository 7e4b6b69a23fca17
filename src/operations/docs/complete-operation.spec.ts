import type { OperationObject, ResponseObject } from '@nestjs/swagger';
import { describe, expect, it } from '@jest/globals';
import { Authenticated, OptionalAuth, Public, RequirePermissions } from '../../access/access.js';
import { Fresh } from '../../access/fresh.js';
import { FormRoute } from '../../platform/http/error-format.js';
import type { ErrorFormat } from '../../platform/http/error-format.js';
import { HeaderOnly } from '../../access/header-only.js';
import type { Settings } from '../../config/settings.js';
import { defineProblem } from '../../platform/http/problem.js';
import { Throws } from '../../platform/http/throws.js';
import { AnswersAlways } from '../startup.guard.js';
import { completeOperation } from './complete-operation.js';

const SETTINGS: Pick<Settings, 'freshnessMaxAge' | 'tokenLocations' | 'csrfMethods'> = {
  freshnessMaxAge: 600_000,
  tokenLocations: ['header'],
  csrfMethods: ['POST'],
};

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

  @OptionalAuth()
  perhaps(): string {
    return 'anyone';
  }

  @Authenticated('user')
  forPeople(): string {
    return 'a person';
  }

  @RequirePermissions('users:read')
  @Fresh()
  weighty(): string {
    return 'fresh';
  }

  @Fresh('1m')
  weightier(): string {
    return 'fresh';
  }

  @RequirePermissions('users:read')
  @Throws(Broken)
  guarded(): string {
    return 'permitted';
  }

  @HeaderOnly()
  forMachines(): string {
    return 'no cookies';
  }
}

const TEA: ErrorFormat = {
  contentType: 'text/tea',
  schema: 'Tea',
  statusOf: ({ status }) => (status === 409 ? 400 : status),
  bodyOf: ({ kind }) => ({ pot: kind.code }),
};

@Public()
class FormsController {
  @FormRoute(TEA)
  @Throws(Broken)
  take(): string {
    return 'taken';
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
  settings = SETTINGS,
  method = 'get',
): OperationObject {
  const operation = { responses: { 200: { description: '' } }, ...given };
  const handler = Reflect.get(ThingsController.prototype, name) as object;
  completeOperation(operation, method, { handler, controller: ThingsController }, settings);
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
    expect(completed('perhaps')).toMatchObject({ security: [{}, { bearer: [] }] });
  });

  it('says of what asks for a fresh token how fresh, and how to get one', () => {
    expect(completed('weighty')).toMatchObject({
      description:
        'Access: permission `users:read`.\n\nFreshness: a proof of who you are from the last 600 seconds; `POST /v1/auth/reauthenticate` gives a fresh token.',
      'x-signet-fresh': { maxAge: 600 },
    });
    expect(completed('weightier')).toMatchObject({ 'x-signet-fresh': { maxAge: 60 } });
    expect(completed('own')).not.toHaveProperty('x-signet-fresh');
    expect(codesOf(completed('weighty'))[401]).toEqual([
      'authentication_required',
      'invalid_token',
      'insufficient_user_authentication',
    ]);
  });

  it('says 403 of what is for people only', () => {
    expect(codesOf(completed('own'))).not.toHaveProperty('403');
    expect(codesOf(completed('forPeople'))[403]).toEqual(['access_denied']);
  });

  it('lets a public route say how it authenticates itself', () => {
    expect(completed('open', { security: [{ client: [] }] })).toMatchObject({
      description: 'Access: whoever authenticates in one of the ways listed.',
      security: [{ client: [] }],
    });
    // What the declaration says goes before: a guarded route cannot document its way out.
    expect(completed('own', { security: [] })).toMatchObject({ security: [{ bearer: [] }] });
  });

  it('documents errors in the format of the route', () => {
    const operation = { responses: {} };
    const handler = Reflect.get(FormsController.prototype, 'take') as object;
    completeOperation(operation, 'post', { handler, controller: FormsController }, SETTINGS);
    expect(operation.responses).toMatchObject({
      400: {
        content: {
          'text/tea': {
            schema: { $ref: '#/components/schemas/Tea' },
            examples: { spec_broken: { summary: 'It is broken', value: { pot: 'spec_broken' } } },
          },
        },
      },
    });
  });

  it('says how the token may come, and what a cookie needs besides', () => {
    const both = { ...SETTINGS, tokenLocations: ['header', 'cookie'] as const };
    const securityOf = (name: keyof ThingsController, method: string, settings = both) =>
      completed(name, {}, settings, method).security;
    const csrf = { accessCookie: [], csrfToken: [] };
    expect(securityOf('own', 'post')).toEqual([{ bearer: [] }, csrf]);
    expect(securityOf('own', 'get')).toEqual([{ bearer: [] }, { accessCookie: [] }]);
    expect(securityOf('perhaps', 'post')).toEqual([{}, { bearer: [] }, csrf]);
    expect(securityOf('forMachines', 'post')).toEqual([{ bearer: [] }]);
    expect(securityOf('open', 'post')).toEqual([]);
    const onlyCookies = { ...SETTINGS, tokenLocations: ['cookie'] as const };
    expect(completed('own', {}, onlyCookies, 'post').security).toEqual([csrf]);

    const forbidden = (name: keyof ThingsController, method: string, settings = both) =>
      codesOf(completed(name, {}, settings, method))[403];
    expect(forbidden('own', 'post')).toEqual(['csrf_failed']);
    expect(forbidden('own', 'get')).toBeUndefined();
    expect(forbidden('forMachines', 'post')).toBeUndefined();
    expect(codesOf(completed('own', {}, SETTINGS, 'post'))[403]).toBeUndefined();
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
    completeOperation(operation, 'get', { handler, controller: LiveController }, SETTINGS);
    expect(codesOf({ ...operation })).toEqual({});
  });
});
