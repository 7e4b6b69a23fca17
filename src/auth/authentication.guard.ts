import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthenticationRequired } from '../access/access.errors.js';
import { accessOf } from '../access/access.js';
import { takesHeaderOnly } from '../access/header-only.js';
import type { Principal } from '../access/principal.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import { decide } from './strategies/run-strategy.js';

type Request = Pick<FastifyRequest, 'headers'> & { user?: Principal };

/** Finds out who calls, on every route but the public ones. What they may do is `AccessGuard`'s to say. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly strategy: JwtStrategy) {}

  /** Not a promise: that would cost every request a turn of the event loop. */
  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(context);
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    // Asked only when it matters: most requests carry no cookie at all.
    const headerOnly = request.headers.cookie !== undefined && takesHeaderOnly(context);
    try {
      const principal = decide(this.strategy, request, { headerOnly });
      if (principal !== undefined) request.user = principal as Principal; // whom the strategy lets in
    } catch (error) {
      if (access?.kind !== 'optional' || !isAnonymous(request, error)) throw error;
    }
    return true;
  }
}

/** Whether nothing was sent that could say who calls; credentials of a kind that we do not take are not nothing. */
function isAnonymous({ headers }: Request, error: unknown): boolean {
  return error instanceof AuthenticationRequired && headers.authorization === undefined;
}
