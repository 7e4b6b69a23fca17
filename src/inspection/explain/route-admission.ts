import { Injectable } from '@nestjs/common';
import { describeAccess } from '../../access/access.js';
import { expectAccess } from '../../access/access.guard.js';
import { Freshness } from '../../access/freshness.js';
import type { Principal } from '../../access/principal.js';
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

/** Says whether the guards of a route would let somebody in, by asking them. */
@Injectable()
export class RouteAdmission {
  constructor(
    private readonly routes: RouteTable,
    private readonly freshness: Freshness,
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
        text: 'There is no such route: it is answered with 404, or 405 when it takes other methods.',
      };
    }
    const known = {
      path: route.path,
      access: route.access === undefined ? 'nobody' : describeAccess(route.access),
    };
    if (route.access?.kind === 'public') {
      const text = 'Anyone may, and no token is looked at.';
      return { ...known, withThisToken: true, withNewToken: true, text };
    }
    if (holder === undefined) {
      const text = 'The token is refused, and nothing vouches for whom it speaks for.';
      return { ...known, withThisToken: false, withNewToken: false, text };
    }
    return { ...known, ...this.compare(route, holder, accepted) };
  }

  private compare(route: KnownRoute, { principal, standing }: Holder, accepted: boolean) {
    const missingNow = this.missing(route, principal);
    const renewed = standing?.status === 'active' ? renewedBy(principal, standing) : undefined;
    const missingAnew = renewed === undefined ? undefined : this.missing(route, renewed);
    const withThisToken = accepted && missingNow === undefined;
    const withNewToken = renewed !== undefined && missingAnew === undefined;
    const sentences = [
      ...(accepted ? [] : ['The token is refused.']),
      missingNow === undefined
        ? 'What it says would be enough.'
        : `What it says is not enough: ${missingNow}.`,
      tellRenewal(standing, missingAnew),
    ];
    return { withThisToken, withNewToken, text: sentences.join(' ') };
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

/** The same person with a token of now. When they proved who they are does not become later by that. */
function renewedBy(principal: Principal, standing: Standing): Principal {
  return {
    ...principal,
    roles: standing.roles,
    permissions: new Set(standing.permissions),
  };
}

function tellRenewal(standing: Standing | undefined, missing: string | undefined): string {
  if (standing === undefined) return 'The holder is gone and gets no new one.';
  if (standing.status !== 'active') return 'The holder is disabled and gets no new one.';
  return missing === undefined
    ? 'A new one would be.'
    : `A new one would not be either: ${missing}.`;
}
