import { Injectable } from '@nestjs/common';
import { describeAccess } from '../../access/access.js';
import { expectAccess } from '../../access/access.guard.js';
import { Freshness } from '../../access/freshness.js';
import type { Principal } from '../../access/principal.js';
import { Clock } from '../../platform/clock.js';
import { Problem } from '../../platform/http/problem.js';
import type { Standing } from '../../principals/standing.js';
import type { NamedRoute, RouteVerdict } from './explain.dto.js';
import { RouteTable } from './route-table.js';
import type { KnownRoute } from './route-table.js';

/** Whom a token speaks for: by what it says, and by how they stand now. */
export interface Holder {
  readonly principal: Principal;
  /** Undefined when they are gone. */
  readonly standing: Standing | undefined;
}

const NO_BEARER =
  'It authenticates clients by HTTP Basic or by the form, and takes no access token in the header. One that is to be exchanged goes into the form, as subject_token.';

const DECIDES_FURTHER =
  'Then the route decides by what the request is about, such as whose it is or what it gives, and may still refuse it.';

/** Says whether the guards of a route would let somebody in, by asking them. */
@Injectable()
export class RouteAdmission {
  constructor(
    private readonly routes: RouteTable,
    private readonly freshness: Freshness,
    private readonly clock: Clock,
  ) {}

  /**
   * @param holder undefined when nothing vouches for whom the token speaks for.
   * @param accepted whether the token itself is.
   */
  judge({ method, path }: NamedRoute, holder: Holder | undefined, accepted: boolean): RouteVerdict {
    const route = this.routes.find(method, path);
    if (route === undefined) {
      return {
        path: null,
        access: null,
        withThisToken: false,
        withNewToken: false,
        decidesFurther: false,
        text: 'There is no such route: it is answered with 404, or 405 when it takes other methods.',
      };
    }
    const { callers } = route;
    const known = {
      path: route.path,
      access: describe(route),
      decidesFurther: callers === undefined && route.decidesFurther,
    };
    if (callers !== undefined && callers.bearer === undefined) {
      return { ...known, withThisToken: false, withNewToken: false, text: NO_BEARER };
    }
    const access = callers?.bearer ?? route.access;
    if (access?.kind === 'public') {
      const text = 'Anyone may, and no token is looked at.';
      return { ...known, withThisToken: true, withNewToken: true, text };
    }
    if (holder === undefined) {
      const text = 'The token is refused, and nothing vouches for whom it speaks for.';
      return { ...known, withThisToken: false, withNewToken: false, text };
    }
    const { decidesFurther } = known;
    return { ...known, ...this.compare({ ...route, access, decidesFurther }, holder, accepted) };
  }

  private compare(route: KnownRoute, { principal, standing }: Holder, accepted: boolean) {
    const missingNow = this.missing(route, principal);
    const renewed = standing?.status === 'active' ? this.renewed(principal, standing) : undefined;
    const missingAnew = renewed === undefined ? undefined : this.missing(route, renewed);
    const withThisToken = accepted && missingNow === undefined;
    const withNewToken = renewed !== undefined && missingAnew === undefined;
    const sentences = [
      ...(accepted ? [] : ['The token is refused.']),
      missingNow === undefined
        ? 'What it says would be enough.'
        : `What it says is not enough: ${missingNow}.`,
      tellRenewal(standing, missingAnew),
      ...(route.decidesFurther && (missingNow === undefined || withNewToken)
        ? [DECIDES_FURTHER]
        : []),
    ];
    return { withThisToken, withNewToken, text: sentences.join(' ') };
  }

  /**
   * The same with a token of now. A service proves who it is for each; when a person did so does not become
   * later by that.
   */
  private renewed(principal: Principal, standing: Standing): Principal {
    return {
      ...principal,
      roles: standing.roles,
      permissions: new Set(standing.permissions),
      ...(principal.type === 'service' ? { authTime: Math.floor(this.clock.now() / 1000) } : {}),
    };
  }

  /** Why the guard refuses; undefined when it lets in. */
  private missing({ access, freshness }: KnownRoute, principal: Principal): string | undefined {
    if (access === undefined) return 'the route lets nobody in';
    try {
      if (access.kind !== 'public' && access.kind !== 'optional') expectAccess(access, principal);
      if (freshness !== undefined) this.freshness.expect(principal, freshness.maxAge);
      return undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.detail ?? error.kind.title;
    }
  }
}

/** Whom it lets in, in words. */
function describe({ access, callers }: KnownRoute): string {
  if (callers !== undefined) {
    const { bearer } = callers;
    const how =
      bearer === undefined ? 'not by access token' : `by access token, ${describeAccess(bearer)}`;
    return `clients, which authenticate themselves; ${how}`;
  }
  return access === undefined ? 'nobody' : describeAccess(access);
}

function tellRenewal(standing: Standing | undefined, missing: string | undefined): string {
  if (standing === undefined) return 'The holder is gone and gets no new one.';
  if (standing.status !== 'active') return 'The holder is disabled and gets no new one.';
  return missing === undefined
    ? 'A new one would be.'
    : `A new one would not be either: ${missing}.`;
}
