import type { IncomingMessage } from 'node:http';
import { HttpException, Logger, createParamDecorator } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { checkRequirements } from '../access.js';
import type { Requirements } from '../access.js';
import { CredentialsMissing, authOf, refusalOf, remember, tokenOf } from '../bearer.js';
import type { AdapterOptions } from '../bearer.js';
import { TokenRejected } from '../errors.js';
import type { Verifier } from '../verifier.js';

type Access = 'public' | 'optional' | Requirements;

const ACCESS = 'signet:access';

/**
 * Exactly one a handler and one a class: of two, the one that stands above would silently replace the
 * other, and with it a restriction.
 */
function declare(access: Access) {
  return <T>(
    target: object,
    key?: string | symbol,
    descriptor?: TypedPropertyDescriptor<T>,
  ): void => {
    const subject: object = descriptor?.value ?? target; // a handler or a controller class
    if (Reflect.hasOwnMetadata(ACCESS, subject)) {
      const name = String(key ?? (target as { name: string }).name); // a class has one
      throw new Error(`${name} declares its access twice; RequireAccess takes scopes and roles`);
    }
    Reflect.defineMetadata(ACCESS, access, subject);
  };
}

/** Anyone, without a token. */
export const Public = () => declare('public');

/** Anyone; but a token that is sent must be good. */
export const OptionalAuth = () => declare('optional');

/** Anyone with a good token. */
export const Authenticated = () => declare({});

/** Whoever has all of these scopes. */
export const Scopes = (...scopes: [string, ...string[]]) => RequireAccess({ scopes });

/** Whoever has one of these roles. */
export const Roles = (...roles: [string, ...string[]]) => RequireAccess({ roles });

/** Whoever has all of the scopes and one of the roles. */
export const RequireAccess = (needs: Requirements) => declare(checkRequirements(needs));

/** The verified token, as a parameter of a handler. */
export const Auth = createParamDecorator((_: unknown, context: ExecutionContext) =>
  authOf(context.switchToHttp().getRequest<object>()),
);

/** A request of Express, which is Node's own, or of Fastify, which has that inside. */
type PlatformRequest = IncomingMessage & { readonly raw?: IncomingMessage };

/**
 * Guards every route when provided as APP_GUARD. What a handler declares replaces what its class
 * declares; a route that declares nothing is refused.
 */
export class SignetGuard implements CanActivate {
  private readonly reflector = new Reflector();
  private readonly logger = new Logger(SignetGuard.name);

  constructor(
    private readonly verifier: Verifier,
    private readonly options: AdapterOptions<PlatformRequest> = {},
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') throw new TypeError('SignetGuard guards HTTP routes only');
    const access = this.accessOf(context);
    if (access === 'public') return true;
    const needs = typeof access === 'object' ? access : {};
    const request = context.switchToHttp().getRequest<PlatformRequest>();
    try {
      const source = request.raw ?? request;
      const verified = await tokenOf(this.verifier, request, source, this.options, needs);
      if (verified !== undefined) remember(request, verified, this.options.requestProperty);
      else if (access !== 'optional') throw new CredentialsMissing();
      if (access === undefined) throw this.undeclared(context);
      return true;
    } catch (error) {
      return this.refuse(error, needs, context, request);
    }
  }

  private accessOf(context: ExecutionContext): Access | undefined {
    return this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
  }

  private undeclared(context: ExecutionContext): TokenRejected {
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    this.logger.error(`${route} declares no access and is refused`);
    return new TokenRejected('insufficient_scope');
  }

  private refuse(
    error: unknown,
    needs: Requirements,
    context: ExecutionContext,
    request: PlatformRequest,
  ): never {
    const refusal = refusalOf(error, needs);
    if (refusal === undefined) throw error;
    this.options.onRefused?.(error as Error, request);
    const response = context.switchToHttp().getResponse<{ header: SetHeader }>();
    for (const [name, value] of Object.entries(refusal.headers)) response.header(name, value);
    throw new HttpException(refusal.problem, refusal.status, { cause: error });
  }
}

/** Both platforms have it. */
type SetHeader = (name: string, value: string) => unknown;
