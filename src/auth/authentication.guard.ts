import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AuthenticationRequired } from '../access/access.errors.js';
import { accessOf } from '../access/access.js';
import { takesHeaderOnly } from '../access/header-only.js';
import type { Principal } from '../access/principal.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import type { JwtOptions } from './strategies/jwt.strategy.js';
import { runStrategy } from './strategies/run-strategy.js';

type Request = Pick<FastifyRequest, 'headers'> & { user?: Principal };

/** Finds out who calls, on every route but the public ones. What they may do is `AccessGuard`'s to say. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly strategy: JwtStrategy,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(this.reflector, context);
    if (access?.kind === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    // Asked only when it matters: most requests carry no cookie at all.
    const headerOnly =
      request.headers.cookie !== undefined && takesHeaderOnly(this.reflector, context);
    const options: JwtOptions = { headerOnly };
    const reply: unknown = http.getResponse();
    try {
      const principal = await runStrategy<Principal>(this.strategy, request, reply, options);
      if (principal !== undefined) request.user = principal;
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
