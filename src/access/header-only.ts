import { SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const HEADER_ONLY = 'signet:header-only';

/**
 * Takes the access token from the `Authorization` header only and ignores cookies: for routes that
 * machines call, on a handler or on its controller. Public routes ignore cookies anyway.
 *
 * @public
 */
export const HeaderOnly = () => SetMetadata(HEADER_ONLY, true);

/** Whether the route that is being called is marked so. */
export function takesHeaderOnly(reflector: Reflector, context: ExecutionContext): boolean {
  const marks = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<true | undefined>(HEADER_ONLY, marks) === true;
}

/** The same for a handler and its controller, for the documentation. */
export function declaresHeaderOnly(handler: object, controller: object): boolean {
  return [handler, controller].some((mark) => Reflect.getMetadata(HEADER_ONLY, mark) === true);
}
