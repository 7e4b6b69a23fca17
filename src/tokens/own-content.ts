import type { Standing } from '../principals/standing.js';
import type { TokenGrant } from './mint.js';

/** What a token for Signet's own API says of its principal. */
export type OwnContent = Pick<TokenGrant, 'roles' | 'scope' | 'tokenVersion' | 'userClaims'>;

/**
 * What a token for Signet's own API says of somebody, as they stand now.
 *
 * @param asked the permissions that the token shall say at the most; all when absent.
 */
export function ownContent(standing: Standing, asked?: ReadonlySet<string>): OwnContent {
  const { permissions, roles, tokenVersion, userClaims } = standing;
  const scope = asked === undefined ? permissions : permissions.filter((item) => asked.has(item));
  return {
    // A role means everything that it gives: a token that was asked to say less names none.
    roles: scope.length < permissions.length ? [] : roles,
    scope,
    tokenVersion,
    userClaims,
  };
}
