/**
 * A peer: Nest on Express with passport-jwt, as the Nest documentation has it (Security: Authentication,
 * Authorization, recipe Passport): the secret a string from a constant, guards that are global, roles by
 * `Reflector`. It knows no revocation.
 */
import 'reflect-metadata';
import { Controller, Get, Module, Req, SetMetadata } from '@nestjs/common';
import { APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { decorateClass, decorateMethod, injects } from './decorate.mjs';

const jwtConstants = { secret: process.env.JWT_KEY };
const ROLES_KEY = 'roles';
const IS_PUBLIC_KEY = 'isPublic';
const Roles = (...roles) => SetMetadata(ROLES_KEY, roles);
const Public = () => SetMetadata(IS_PUBLIC_KEY, true);

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      ignoreExpiration: false,
      secretOrKey: jwtConstants.secret,
    });
  }

  async validate(payload) {
    return payload;
  }
}

class JwtAuthGuard extends AuthGuard('jwt') {
  constructor(reflector) {
    super();
    this.reflector = reflector;
  }

  canActivate(context) {
    const isPublic = this.reflector.getAllAndOverride(IS_PUBLIC_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    return isPublic || super.canActivate(context);
  }
}
injects(JwtAuthGuard, Reflector);

class RolesGuard {
  constructor(reflector) {
    this.reflector = reflector;
  }

  canActivate(context) {
    const requiredRoles = this.reflector.getAllAndOverride(ROLES_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!requiredRoles) return true;
    const { user } = context.switchToHttp().getRequest();
    return requiredRoles.some((role) => user.roles?.includes(role));
  }
}
injects(RolesGuard, Reflector);

class AppController {
  ready() {
    return {};
  }

  read(request) {
    const { sub, sid, jti, roles, scope, exp } = request.user;
    return {
      id: sub,
      sessionId: sid,
      tokenId: jti,
      roles,
      permissions: scope.split(' '),
      expiresAt: exp,
    };
  }
}
Req()(AppController.prototype, 'read', 0);
decorateMethod(AppController, 'ready', Get('ready'), Public());
decorateMethod(AppController, 'read', Get('v1/probe'), Roles('viewer'));
decorateClass(AppController, Controller());

class AppModule {}
decorateClass(
  AppModule,
  Module({
    imports: [PassportModule],
    controllers: [AppController],
    providers: [
      JwtStrategy,
      { provide: APP_GUARD, useClass: JwtAuthGuard },
      { provide: APP_GUARD, useClass: RolesGuard },
    ],
  }),
);

// Named, since Nest itself would look for it in its own folder.
const app = await NestFactory.create(AppModule, new ExpressAdapter(), {
  logger: ['error', 'warn'],
});
await app.listen(Number(process.env.PORT), '127.0.0.1');
