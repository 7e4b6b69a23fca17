import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Access } from '../src/access/access.js';
import { declaredAccess } from '../src/access/access.js';
import { BUILT_IN_ROLES } from '../src/access/permissions.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { routesOf } from './support/routes.js';
import type { Route } from './support/routes.js';
import { serviceToken } from './support/services.js';

type Caller = 'nobody' | 'viewer' | 'editor' | 'admin' | 'service';
const CALLERS: readonly Caller[] = ['nobody', 'viewer', 'editor', 'admin', 'service'];
/** The service is one of administrators: what it may not do is for people only. */
const roleOf = (caller: Caller) => (caller === 'service' ? 'admin' : caller);

/** What the declaration promises to a caller: past the guards, or the status of the refusal. */
function expected(access: Access, caller: Caller): 'in' | 401 | 403 {
  if (access.kind === 'public' || access.kind === 'optional') return 'in';
  if (caller === 'nobody') return 401;
  if (access.kind === 'authenticated') {
    const type = caller === 'service' ? 'service' : 'user';
    return access.type === undefined || access.type === type ? 'in' : 403;
  }
  if (access.kind === 'roles') return access.anyOf.includes(roleOf(caller)) ? 'in' : 403;
  const role = BUILT_IN_ROLES.find(({ name }) => name === roleOf(caller));
  return access.allOf.every((permission) => role?.permissions.includes(permission)) ? 'in' : 403;
}

describe('every route of the running application', () => {
  let app: TestApp;
  let routes: readonly Route[];
  const tokens: Partial<Record<Caller, string>> = {};

  beforeAll(async () => {
    app = await startTestApp();
    routes = routesOf(app.nest);
    tokens.admin = (await app.admin()).token;
    for (const role of ['viewer', 'editor'] as const)
      tokens[role] = (await app.createUser({ roles: [role] })).token;
    tokens.service = serviceToken(app);
  });
  afterAll(() => app.close());

  it('declares who may call it', () => {
    expect(routes.length).toBeGreaterThan(30);
    const undeclared = routes.filter(
      ({ handler, controller }) => declaredAccess(handler, controller) === undefined,
    );
    expect(undeclared.map(({ name }) => name)).toEqual([]);
  });

  it('is known to the router and to this test alike', () => {
    const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    // Swagger UI's own files and the document are served past Nest's guards, and are public on purpose.
    const served = app.routes().filter((route) => !/^HEAD | \/(?:docs|openapi)/.test(route));
    expect(served.filter((route) => !known.has(route))).toEqual([]);
    expect([...known].filter((route) => !served.includes(route))).toEqual([]);
  });

  it('lets in exactly whom it declares', async () => {
    const wrong: string[] = [];
    for (const { method, path, name, handler, controller } of routes) {
      const access = declaredAccess(handler, controller);
      if (access === undefined) continue; // reported above
      // Signing out would spoil the token for the routes that follow.
      const url = path.replaceAll(/:[A-Za-z]+/g, '00000000-0000-4000-8000-000000000000');
      for (const caller of CALLERS) {
        if (name.startsWith('LoginController.logout') && expected(access, caller) === 'in')
          continue;
        const token = tokens[caller];
        const { status } = await app.api(method, url, {
          ...(token === undefined ? {} : { token }),
          ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
          // A stream that begins has no end to wait for; with this it does not begin.
          headers: { 'last-event-id': 'none' },
          conform: false,
        });
        // Past the guards it may fail for its own reasons (400, 404, 409), but it is no guard's answer.
        const promise = expected(access, caller);
        const guarded = status === 401 || status === 403;
        const fine = promise === 'in' ? !guarded && status < 500 : status === promise;
        if (!fine) wrong.push(`${method} ${path} as ${caller}: ${status}, expected ${promise}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  read(): string {
    return 'open to everyone?';
  }
}

@Module({ controllers: [ForgottenController], providers: [DiscoveryService, MetadataScanner] })
class ForgottenModule {}

describe('a route that declares nothing', () => {
  it('is refused, to an administrator too', async () => {
    const app = await startTestApp({ extraModule: ForgottenModule });
    try {
      const { token } = await app.admin();
      expect((await app.api('GET', '/v1/forgotten', { conform: false })).status).toBe(401);
      expect((await app.api('GET', '/v1/forgotten', { token, conform: false })).status).toBe(403);
    } finally {
      await app.close();
    }
  });
});
