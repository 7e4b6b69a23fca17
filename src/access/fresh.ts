import type { ExecutionContext } from '@nestjs/common';
import { parseDuration } from '../platform/settings/setting.js';
import { RouteMemo } from './route-memo.js';

/** How long ago somebody may have proved who they are, in milliseconds; the setting's when absent. */
export interface FreshnessDemand {
  readonly maxAge?: number;
}

const FRESH = 'signet:fresh';

/**
 * Marks a route, or every route of a controller, as too weighty for an old sign-in: who has not proved
 * who they are within `maxAge` is refused with 401 and the challenge of RFC 9470, and
 * `POST /v1/auth/reauthenticate` gives them a token that is fresh again. Stands beside the declaration
 * of who may call the route, and does not replace it. A handler's own replaces its controller's.
 *
 * A service proves who it is for each token, so its tokens are fresh while they are young.
 * Where only some requests need it, the service asks `Freshness` instead.
 *
 * @param maxAge a duration such as `5m`, of at least a second; `FRESHNESS_MAX_AGE` when absent.
 * @throws Error when it is no duration, as soon as the class is loaded.
 */
export function Fresh(maxAge?: string) {
  const demand: FreshnessDemand = maxAge === undefined ? {} : { maxAge: parseMaxAge(maxAge) };
  return <T>(
    target: object,
    _key?: string | symbol,
    descriptor?: TypedPropertyDescriptor<T>,
  ): void => {
    Reflect.defineMetadata(FRESH, demand, descriptor?.value ?? target); // a handler or a controller class
  };
}

/** The challenge counts whole seconds, so what is shorter cannot be asked for. */
function parseMaxAge(text: string): number {
  const millis = parseDuration(text);
  if (millis < 1000) throw new Error(`@Fresh('${text}'): must be at least 1s`);
  return millis;
}

const declared = new RouteMemo(declaredFreshness);

/** What the route that is being called demands; undefined when it takes any valid token. */
export function freshnessOf(context: ExecutionContext): FreshnessDemand | undefined {
  return declared.of(context);
}

/** The same for a handler and its controller. */
export function declaredFreshness(
  handler: object,
  controller: object,
): FreshnessDemand | undefined {
  const own: unknown =
    Reflect.getMetadata(FRESH, handler) ?? Reflect.getMetadata(FRESH, controller);
  return own as FreshnessDemand | undefined; // only `Fresh` writes this key
}
