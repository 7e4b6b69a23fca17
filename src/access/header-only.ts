import { SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { RouteMemo } from './route-memo.js';

const HEADER_ONLY = 'signet:header-only';

/**
 * Takes the access token from the `Authorization` header only and ignores cookies: for routes that
 * machines call, on a handler or on its controller. Public routes ignore cookies anyway.
 *
 * @public
 */
export const HeaderOnly = () => SetMetadata(HEADER_ONLY, true);

const declared = new RouteMemo(declaresHeaderOnly);

/** Whether the route that is being called is marked so. */
export function takesHeaderOnly(context: ExecutionContext): boolean {
  return declared.of(context);
}

/** The same for a handler and its controller. */
export function declaresHeaderOnly(handler: object, controller: object): boolean {
  return [handler, controller].some((mark) => Reflect.getMetadata(HEADER_ONLY, mark) === true);
}
