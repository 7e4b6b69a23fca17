import type { Standing } from '../principals/standing.js';
import type { UserClaims } from '../principals/user-claims.js';
import type { TokenGrant } from '../tokens/mint.js';
import type { ResourceAccess } from './resource-access.service.js';

/** What a token for a resource says of the resource and of its principal. */
export type ResourceContent = Pick<
  TokenGrant,
  'roles' | 'scope' | 'tokenVersion' | 'userClaims' | 'lifetime'
> & { readonly audience: string; readonly lifetime: number };

/** What a token for the resource says of somebody, by what is granted to them now. */
export function resourceContent(access: ResourceAccess, standing: Standing): ResourceContent {
  const { resource, roles, actions, lifetime } = access;
  return {
    audience: resource.identifier,
    roles,
    scope: actions,
    tokenVersion: standing.tokenVersion,
    userClaims: selectClaims(standing.userClaims, resource.claims),
    lifetime,
  };
}

/** The custom claims that a resource wants to know: all by null, none by an empty list. */
export function selectClaims(claims: UserClaims, names: readonly string[] | null): UserClaims {
  if (names === null) return claims;
  return Object.fromEntries(Object.entries(claims).filter(([name]) => names.includes(name)));
}
