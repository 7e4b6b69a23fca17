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

const MEMBERS = new Set(['scopes', 'roles']);

/**
 * Returns them when they can be met, and say nothing that is not understood: what is misspelled would let in
 * any good token. Called where they are written down, so that a mistake stops the start, and for each token.
 *
 * @throws TypeError for anything but an object of these members, for a list that is empty, or a name that no
 * token can have.
 */
export function checkRequirements(needs: Requirements): Requirements {
  if (!isPlain(needs)) throw new TypeError('What is needed is an object: { scopes, roles }');
  const unknown = Object.keys(needs).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) throw new TypeError(`There are scopes and roles, and no ${unknown}`);
  for (const names of [needs.scopes, needs.roles] as readonly unknown[]) {
    if (names === undefined) continue;
    if (!Array.isArray(names) || names.length === 0) {
      throw new TypeError('scopes and roles are lists that are not empty');
    }
    // Also a hole in the list, which is no text.
    const wrong = names.findIndex((name) => typeof name !== 'string' || !NAME.test(name));
    if (wrong !== -1) throw new TypeError(`This is no scope or role: ${String(names[wrong])}`);
  }
  return needs;
}

/** Whether it is an object as one writes it down, of whichever realm. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
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
