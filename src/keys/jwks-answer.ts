import { publicAnswer } from '../platform/http/public-answer.js';
import type { PublicAnswer } from '../platform/http/public-answer.js';

/**
 * How the key set is served, apart from what serves it: the mock issuer of packages/testing does the
 * same. Consumers may keep it for `maxAge` milliseconds.
 *
 * @param known the entity tag of the set that the caller has.
 */
export function jwksAnswer(jwks: string, maxAge: number, known: string | undefined): PublicAnswer {
  return publicAnswer(jwks, 'application/jwk-set+json', maxAge, known);
}
