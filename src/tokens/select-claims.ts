import type { UserClaims } from './claims.js';

/**
 * The claims of a user that a resource wants to see: all of them when it names none (null), else those
 * that it names and that there are.
 */
export function selectClaims(userClaims: UserClaims, names: readonly string[] | null): UserClaims {
  if (names === null) return userClaims;
  // By what is there and not by what is named: `toString` and `__proto__` are nobody's claims.
  return Object.fromEntries(Object.entries(userClaims).filter(([name]) => names.includes(name)));
}
