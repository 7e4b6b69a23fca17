import passport from 'passport';
import type { Strategy } from 'passport';

/**
 * Runs one Passport strategy on a request, without sessions and without Passport's process-wide
 * registry of names, in which two applications in one process would overwrite each other.
 *
 * @param options what the strategy itself is told.
 * @returns whoever the strategy let in; undefined when it refused without an error.
 */
export function runStrategy<User>(
  strategy: Strategy,
  request: unknown,
  reply: unknown,
  options: object = {},
): Promise<User | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, user?: User | false | null) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the strategy threw
      if (error !== null && error !== undefined) reject(error);
      else resolve(user === false || user === null ? undefined : user);
    };
    // Passport hangs a request's callbacks on the strategy that it is given: with one object for all
    // requests, the answer to one would go to another. Hence an object of its own for each.
    const own = Object.create(strategy) as Strategy;
    const middleware = passport.authenticate(own, { ...options, session: false }, settle) as (
      request: unknown,
      reply: unknown,
      next: (error?: unknown) => void,
    ) => void;
    middleware(request, reply, settle);
  });
}
