import 'reflect-metadata';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Controller, Get, HttpException, Logger, Module } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplication, Provider } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it, jest } from '@jest/globals';
import express from 'express';
import { describeAdapter } from '../../test/support/adapter-contract.js';
import { rawRequest } from '../../test/support/raw-request.js';
import { World } from '../../test/support/world.js';
import type { VerifiedToken } from '../verified-token.js';
import {
  Auth,
  Authenticated,
  OptionalAuth,
  Public,
  RequireAccess,
  Roles,
  Scopes,
  SignetGuard,
} from './nest.js';

@Controller()
class Routes {
  @Get('any') @Authenticated() any(@Auth() auth: VerifiedToken) {
    return { sub: auth.sub };
  }
  @Get('public') @Public() public(@Auth() auth?: VerifiedToken) {
    return { sub: auth?.sub ?? null };
  }
  @Get('optional') @OptionalAuth() optional(@Auth() auth?: VerifiedToken) {
    return { sub: auth?.sub ?? null };
  }
  @Get('scoped') @Scopes('read', 'deploy') scoped(@Auth() auth: VerifiedToken) {
    return { sub: auth.sub };
  }
  @Get('by-role') @Roles('admin', 'editor') byRole(@Auth() auth: VerifiedToken) {
    return { sub: auth.sub };
  }
  @Get('elsewhere') @Authenticated() elsewhere(@Auth() auth: VerifiedToken) {
    return { sub: auth.sub };
  }
  @Get('undeclared') undeclared() {
    return {};
  }
}

@Controller('open')
@Public()
class OpenRoutes {
  @Get() inherited() {
    return {};
  }
  @Get('narrowed') @RequireAccess({ scopes: ['read'], roles: ['admin'] }) narrowed() {
    return {};
  }
}

async function start(guard: CanActivate): Promise<INestApplication> {
  const provider: Provider = { provide: APP_GUARD, useValue: guard };
  @Module({ controllers: [Routes, OpenRoutes], providers: [provider] })
  class App {}
  const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

describeAdapter('Nest', async (verifier, onRefused) => {
  const app = await start(
    new SignetGuard(verifier, {
      onRefused,
      getToken: ({ headers, url }) =>
        url === '/elsewhere' ? headers['x-token']?.toString() : undefined,
    }),
  );
  return { url: await app.getUrl(), close: () => app.close() };
});

describe('the guard of Nest', () => {
  it('refuses a route that declares nothing, and says which one it is', async () => {
    const world = await World.start();
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const app = await start(new SignetGuard(world.verifier));
    const url = `${await app.getUrl()}/undeclared`;
    const authorization = ['Authorization', `Bearer ${world.token()}`] as const;
    expect(await rawRequest(url, [authorization])).toMatchObject({ status: 403 });
    expect(await rawRequest(url)).toMatchObject({ status: 401 });
    expect(logged.mock.calls).toEqual([[expect.stringContaining('Routes.undeclared')]]);
    logged.mockRestore();
    await app.close();
    await world.issuer.stop();
  });

  it('takes what a handler says over what its class says', async () => {
    const world = await World.start();
    const app = await start(new SignetGuard(world.verifier));
    const url = `${await app.getUrl()}/open`;
    const as = (claims: object) =>
      rawRequest(`${url}/narrowed`, [['Authorization', `Bearer ${world.token(claims)}`]]);
    expect(await rawRequest(url)).toMatchObject({ status: 200 });
    expect(await rawRequest(`${url}/narrowed`)).toMatchObject({ status: 401 });
    expect(await as({ roles: ['admin'], scope: '' })).toMatchObject({ status: 403 });
    expect(await as({ roles: [], scope: 'read' })).toMatchObject({ status: 403 });
    expect(await as({ roles: ['admin'], scope: 'read' })).toMatchObject({ status: 200 });
    await app.close();
    await world.issuer.stop();
  });

  it('works on the requests and responses of Express too', async () => {
    const world = await World.start();
    const guard = new SignetGuard(world.verifier, { requestProperty: 'bearer' });
    // What @nestjs/platform-express, which is not installed here, makes of a guard and of its refusal.
    const app = express();
    app.get('/', (request, response, next) => {
      const context = {
        getType: () => 'http',
        getClass: () => Routes,
        getHandler: () => Reflect.get(Routes.prototype, 'scoped') as object,
        switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
      };
      guard.canActivate(context as unknown as ExecutionContext).then(
        () => response.json(Object.keys((request as unknown as { bearer: object }).bearer)),
        (error: unknown) => {
          if (error instanceof HttpException)
            response.status(error.getStatus()).json(error.getResponse());
          else next(error);
        },
      );
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const as = (scope: string) =>
      rawRequest(url, [['Authorization', `Bearer ${world.token({ scope })}`]]);
    expect(await as('read deploy')).toMatchObject({
      status: 200,
      body: expect.arrayContaining(['sub']),
    });
    expect(await as('read')).toMatchObject({
      status: 403,
      headers: {
        'content-type': expect.stringMatching(/^application\/problem\+json/),
        'www-authenticate': expect.stringContaining('scope="read deploy"'),
      },
      body: { code: 'insufficient_scope' },
    });
    server.close();
    await world.issuer.stop();
  });

  it('guards nothing but HTTP', async () => {
    const guard = new SignetGuard({} as never); // not asked
    const context = { getType: () => 'rpc' };
    const entering = guard.canActivate(context as unknown as ExecutionContext);
    await expect(entering).rejects.toThrow('HTTP routes only');
  });

  it('wants one declaration: a second one would silently replace it', () => {
    expect(() => {
      class Twice {
        @Scopes('read') @Roles('admin') handler(): void {}
      }
      return Twice;
    }).toThrow('handler declares its access twice');
    expect(() => {
      @Public()
      @Authenticated()
      class Twice {}
      return Twice;
    }).toThrow('Twice declares its access twice');
  });

  it('stops the start when a requirement can never be met', () => {
    expect(() => RequireAccess({ scopes: [] })).toThrow(TypeError);
    expect(() => Scopes('a b')).toThrow(TypeError);
  });
});
