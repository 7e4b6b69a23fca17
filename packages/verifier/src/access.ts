import { TokenRejected } from './errors.js';
import type { VerifiedToken } from './verified-token.js';

/** What a token must say so that this may be done. */
export interface Requirements {
  /** All of them. */
  readonly scopes?: readonly string[];
  /** One of them. */
  readonly roles?: readonly string[];
}

/** RFC 6749 3.3; what is here goes into a header field as it is. */
const NAME = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * Returns them when they can be met; called where they are written down, so that a mistake stops the start.
 *
 * @throws TypeError for a list that is empty or a name that no token can have.
 */
export function checkRequirements(needs: Requirements): Requirements {
  for (const names of [needs.scopes, needs.roles]) {
    if (names === undefined) continue;
    if (names.length === 0) throw new TypeError('A list of scopes or roles is empty');
    const wrong = names.find((name) => !NAME.test(name));
    if (wrong !== undefined) throw new TypeError(`This is no scope or role: ${wrong}`);
  }
  return needs;
}

/** @throws TokenRejected with `insufficient_scope` or `insufficient_role`. */
export function assertMayAccess(
  { scope, roles }: Pick<VerifiedToken, 'scope' | 'roles'>,
  needs: Requirements,
): void {
  if (needs.scopes?.every((name) => scope.has(name)) === false) {
    throw new TokenRejected('insufficient_scope');
  }
  if (needs.roles?.some((name) => roles.includes(name)) === false) {
    throw new TokenRejected('insufficient_role');
  }
}
