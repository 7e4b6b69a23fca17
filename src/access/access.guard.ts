import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Logger } from 'pino';
import { LOGGER } from '../platform/logger.js';
import { accessOf } from './access.js';
import { AccessDenied, AuthenticationRequired } from './access.errors.js';
import { principalOf } from './current.js';
import { holds } from './principal.js';

/** Lets in by role and permission. Runs after authentication; a route that declares nothing is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context);
    if (access === undefined) {
      const route = `${context.getClass().name}.${context.getHandler().name}`;
      this.log.error({ route }, 'The route declares no access and is refused');
      throw new AccessDenied();
    }
    if (access.kind === 'public') return true;
    const principal = principalOf(context);
    if (principal === undefined) throw new AuthenticationRequired();
    switch (access.kind) {
      case 'authenticated':
        return true;
      case 'roles':
        if (access.anyOf.some((role) => principal.roles.includes(role))) return true;
        throw new AccessDenied(`needs the role ${access.anyOf.join(' or ')}`);
      case 'permissions':
        if (holds(principal, access.allOf)) return true;
        throw new AccessDenied(`needs the permission ${access.allOf.join(' and ')}`);
    }
  }
}
