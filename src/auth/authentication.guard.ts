import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { accessOf } from '../access/access.js';
import type { Principal } from '../access/principal.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import { runStrategy } from './strategies/run-strategy.js';

/** Finds out who calls, on every route but the public ones. What they may do is `AccessGuard`'s to say. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly strategy: JwtStrategy,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (accessOf(this.reflector, context)?.kind === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<{ user?: Principal }>();
    const principal = await runStrategy<Principal>(this.strategy, request, http.getResponse());
    if (principal !== undefined) request.user = principal;
    return true;
  }
}
