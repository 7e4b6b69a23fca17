import { Injectable, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { strictValidation } from '../../platform/http/validation.js';
import { InvalidCredentials } from '../auth.errors.js';
import { LocalStrategy } from '../strategies/local.strategy.js';
import { runStrategy } from '../strategies/run-strategy.js';
import type { AuthenticatedUser } from './credentials.service.js';
import { LoginRequest } from './login.dto.js';
import { TransportService } from './transport.service.js';

type Request = FastifyRequest & { authenticated?: AuthenticatedUser };

/** Lets in whoever sends good credentials in the body. */
@Injectable()
export class CredentialsGuard implements CanActivate {
  private readonly validation = strictValidation();

  constructor(
    private readonly strategy: LocalStrategy,
    private readonly transports: TransportService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    // Guards run before pipes, and passport-local hands numbers and arrays on as they are.
    const body = (await this.validation.transform(request.body, {
      type: 'body',
      metatype: LoginRequest,
    })) as LoginRequest; // what it made of the metatype
    this.transports.admit(request, body.transport);
    const user = await runStrategy<AuthenticatedUser>(this.strategy, request);
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
