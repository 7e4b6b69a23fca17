import type { ExecutionContext } from '@nestjs/common';
import type { Permission } from './permissions.js';
import type { PrincipalType } from './principal.js';
import { RouteMemo } from './route-memo.js';

/** Who may call a route. Exactly one of these per route: a handler's own replaces its controller's. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'optional' }
  | { readonly kind: 'authenticated'; readonly type?: PrincipalType }
  | { readonly kind: 'roles'; readonly anyOf: readonly string[] }
  | { readonly kind: 'permissions'; readonly allOf: readonly Permission[] };

const ACCESS = 'signet:access';

function declare(access: Access) {
  return <T>(
    target: object,
    key?: string | symbol,
    descriptor?: TypedPropertyDescriptor<T>,
  ): void => {
    const subject = descriptor?.value ?? target; // a handler or a controller class
    if (Reflect.hasOwnMetadata(ACCESS, subject)) {
      throw new Error(
        `${String(key ?? (target as { name: string }).name)} declares its access twice`,
      );
    }
    Reflect.defineMetadata(ACCESS, access, subject);
  };
}

/** Anyone, without a token. */
export const Public = () => declare({ kind: 'public' });

/**
 * Anyone, and whoever sends a token is known by it: `@OptionalPrincipal()` says who. No token is
 * anonymous; a bad one is refused with 401 all the same, or its sender would take what they get for all
 * that there is. Part of the vocabulary though no route needs it now.
 *
 * @public
 */
export const OptionalAuth = () => declare({ kind: 'optional' });

/** Anyone with a valid token, whatever their roles; with a `type`, only people or only service accounts. */
export const Authenticated = (type?: PrincipalType) =>
  declare({ kind: 'authenticated', ...(type === undefined ? {} : { type }) });

/**
 * Whoever has one of the roles. Part of the vocabulary though no route needs it now: permissions say more.
 *
 * @public
 */
export const Roles = (...anyOf: [string, ...string[]]) => declare({ kind: 'roles', anyOf });

/** Whoever has all of the permissions, through whichever roles. */
export const RequirePermissions = (...allOf: [Permission, ...Permission[]]) =>
  declare({ kind: 'permissions', allOf });

const declared = new RouteMemo(declaredAccess);

/** What the route that is being called declares; undefined when it declares nothing. */
export function accessOf(context: ExecutionContext): Access | undefined {
  return declared.of(context);
}

/** The same for a handler and its controller. */
export function declaredAccess(handler: object, controller: object): Access | undefined {
  const own: unknown =
    Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller);
  return own as Access | undefined; // only `declare` writes this key
}

const AUTHENTICATED = {
  any: 'anyone who has signed in',
  user: 'any person who has signed in; no service accounts',
  service: 'any service account',
} as const;

/** The access in words, as the documentation shows it. */
export function describeAccess(access: Access): string {
  switch (access.kind) {
    case 'public':
      return 'anyone';
    case 'optional':
      return 'anyone; with a token, as whom it speaks for';
    case 'authenticated':
      return AUTHENTICATED[access.type ?? 'any'];
    case 'roles':
      return `role ${access.anyOf.map((role) => `\`${role}\``).join(' or ')}`;
    case 'permissions':
      return `permission ${access.allOf.map((permission) => `\`${permission}\``).join(' and ')}`;
  }
}
