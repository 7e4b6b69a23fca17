import { InvalidScope, InvalidTarget } from '../oauth.errors.js';

/** RFC 6749 3.3: printable ASCII without quote and backslash, one space between two. */
const SCOPE = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/;

/** The scope that was asked for; undefined when none was. @throws InvalidScope */
export function requestedScope({
  scope,
}: {
  readonly scope?: string;
}): ReadonlySet<string> | undefined {
  if (scope === undefined) return undefined;
  if (!SCOPE.test(scope)) throw new InvalidScope({ detail: 'The scope is malformed' });
  return new Set(scope.split(' '));
}

/**
 * What of that is granted, in the order of what is granted. RFC 6749 3.3 lets a token say less than was
 * asked for, and the answer says what; with nothing left there is no use for it.
 *
 * @throws InvalidScope
 */
export function granted(
  all: readonly string[],
  asked: ReadonlySet<string> | undefined,
): readonly string[] {
  if (asked === undefined) return all;
  const left = all.filter((item) => asked.has(item));
  if (left.length === 0) throw new InvalidScope({ detail: 'Nothing of that scope is granted' });
  return left;
}

/**
 * The one resource that a token is asked for; undefined when none is named. RFC 8707 lets a client name
 * several: such a token could be passed on from one to the other, and has no single `aud`.
 *
 * @throws InvalidTarget
 */
export function requestedTarget({
  resource,
  audience,
}: {
  readonly resource: readonly string[];
  readonly audience: readonly string[];
}): string | undefined {
  const [target, ...others] = new Set([...resource, ...audience]);
  if (others.length > 0) throw new InvalidTarget({ detail: 'A token is for one resource' });
  return target;
}
