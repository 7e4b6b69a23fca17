import type { Strategy } from 'passport';

/*
 * Passport's protocol without `passport.authenticate`: that hangs `login`, `logout` and more on every
 * request, which takes as long as the rest of a request together, and it wants strategies in a registry of
 * the process, where two applications would overwrite each other's. A strategy is told how to answer by
 * methods on itself, so each run has an object of its own: with one for all, the answer to one request
 * would go to another.
 */

/** A strategy during one run. Passport's types have it as a part of Express. */
interface Run {
  success(user: unknown): void;
  fail(): void;
  error(error: unknown): void;
  authenticate(request: unknown, options: object): void;
}

/**
 * Runs a strategy that needs to wait.
 *
 * @returns whoever the strategy let in; undefined when it refused without an error.
 */
export function runStrategy<User>(
  strategy: Strategy,
  request: unknown,
  options: object = {},
): Promise<User | undefined> {
  return new Promise((resolve, reject) => {
    const run = Object.create(strategy) as Run;
    run.success = (user) => {
      resolve(user as User); // of whatever type the strategy's users are
    };
    run.fail = () => {
      resolve(undefined);
    };
    run.error = reject;
    run.authenticate(request, options);
  });
}

/**
 * Runs a strategy that decides at once, which every request with a token passes through.
 *
 * @returns whoever the strategy let in; undefined when it refused without an error.
 * @throws whatever the strategy throws.
 */
export function decide(strategy: Strategy, request: unknown, options: object = {}): unknown {
  let decision: { readonly user: unknown } | undefined;
  const run = Object.create(strategy) as Run;
  run.success = (user) => {
    decision = { user };
  };
  run.fail = () => {
    decision = { user: undefined };
  };
  run.error = (error) => {
    throw error;
  };
  run.authenticate(request, options);
  // Nobody is let in by a strategy that makes up its mind later.
  if (decision === undefined) throw new Error('The strategy has not decided');
  return decision.user;
}
