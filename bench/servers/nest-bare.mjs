/**
 * What the frame alone costs: Nest on Fastify with one guard that verifies the token as the floor does and
 * asks for a role. No log, no metrics, no request id, no security headers, no validation.
 */
import 'reflect-metadata';
import { Controller, Get, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { decorateClass, decorateMethod } from './decorate.mjs';
import { verifier } from './verify.mjs';

const verify = verifier();

class ViewerGuard {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    request.user = verify(request.headers.authorization);
    return request.user?.roles.includes('viewer') === true;
  }
}

class AppController {
  ready() {
    return {};
  }

  read(request) {
    const { sub, sid, jti, roles, scope, exp } = request.user;
    const permissions = scope.split(' ');
    return { id: sub, sessionId: sid, tokenId: jti, roles, permissions, expiresAt: exp };
  }
}
Req()(AppController.prototype, 'read', 0);
decorateMethod(AppController, 'ready', Get('ready'));
decorateMethod(AppController, 'read', Get('v1/probe'), UseGuards(new ViewerGuard()));
decorateClass(AppController, Controller());

class AppModule {}
decorateClass(AppModule, Module({ controllers: [AppController] }));

const app = await NestFactory.create(AppModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
await app.listen(Number(process.env.PORT), '127.0.0.1');
