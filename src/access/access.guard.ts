import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../platform/logger.js';
import { accessOf } from './access.js';
import { AccessDenied, AuthenticationRequired } from './access.errors.js';
import type { Access } from './access.js';
import { principalOf } from './current.js';
import { freshnessOf } from './fresh.js';
import { Freshness } from './freshness.js';
import { expectNoDryRun } from './rehearsable.js';
import { holds } from './principal.js';
import type { Principal } from './principal.js';

const ONLY_FOR = {
  user: 'only people may do this, no service accounts',
  service: 'only service accounts may do this',
} as const;

/**
 * Lets in by kind of principal, role, permission and freshness. Runs after authentication; a route that
 * declares nothing is refused.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly freshness: Freshness,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(context);
    if (access === undefined) {
      const route = `${context.getClass().name}.${context.getHandler().name}`;
      this.log.error({ route }, 'The route declares no access and is refused');
      throw new AccessDenied();
    }
    expectNoDryRun(context);
    const principal = principalOf(context);
    if (access.kind !== 'public' && access.kind !== 'optional') {
      if (principal === undefined) throw new AuthenticationRequired();
      expectAccess(access, principal);
    }
    // Last: nobody is asked to prove anew who they are for what they may not do anyway.
    const demand = freshnessOf(context);
    if (demand !== undefined) {
      // Nobody is no one fresh, also where the route was declared open by mistake.
      if (principal === undefined) throw new AuthenticationRequired();
      this.freshness.expect(principal, demand.maxAge);
    }
    return true;
  }
}

/** @throws AccessDenied that says what is missing. */
export function expectAccess(
  access: Exclude<Access, { kind: 'public' | 'optional' }>,
  principal: Principal,
): void {
  switch (access.kind) {
    case 'authenticated':
      if (access.type === undefined || access.type === principal.type) return;
      throw new AccessDenied(ONLY_FOR[access.type]);
    case 'roles':
      if (access.anyOf.some((role) => principal.roles.includes(role))) return;
      throw new AccessDenied(`needs the role ${access.anyOf.join(' or ')}`);
    case 'permissions':
      if (holds(principal, access.allOf)) return;
      throw new AccessDenied(`needs the permission ${access.allOf.join(' and ')}`);
  }
}
