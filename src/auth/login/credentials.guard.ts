import { Injectable, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { strictValidation } from '../../platform/http/validation.js';
import { InvalidCredentials } from '../auth.errors.js';
import { LocalStrategy } from '../strategies/local.strategy.js';
import { runStrategy } from '../strategies/run-strategy.js';
import type { AuthenticatedUser } from './credentials.service.js';
import { LoginRequest } from './login.dto.js';

interface Request {
  body: unknown;
  authenticated?: AuthenticatedUser;
}

/** Lets in whoever sends good credentials in the body. */
@Injectable()
export class CredentialsGuard implements CanActivate {
  private readonly validation = strictValidation();

  constructor(private readonly strategy: LocalStrategy) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    // Guards run before pipes, and passport-local hands numbers and arrays on as they are.
    await this.validation.transform(request.body, { type: 'body', metatype: LoginRequest });
    const user = await runStrategy<AuthenticatedUser>(this.strategy, request, http.getResponse());
    if (user === undefined) throw new InvalidCredentials();
    request.authenticated = user;
    return true;
  }
}

/** Whoever `CredentialsGuard` let in. */
export const AuthenticatedBy = createParamDecorator(
  (_: unknown, context: ExecutionContext): AuthenticatedUser => {
    const { authenticated } = context.switchToHttp().getRequest<Request>();
    if (authenticated === undefined) throw new InvalidCredentials();
    return authenticated;
  },
);
