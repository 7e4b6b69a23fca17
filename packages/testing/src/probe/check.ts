import type { Target } from './sender.js';
import type { TokenSource } from './token-source.js';

/** What a check works with. */
export interface CheckContext {
  readonly target: Target;
  readonly tokens: TokenSource;
  /** In seconds; absent when nobody stated one. */
  readonly revocationBound?: number;
}

/** What a check found; `CannotTell` is thrown when it could not be made. */
export interface Finding {
  readonly passed: boolean;
  readonly detail: string;
}

/** Something that a service owes to whoever trusts it. */
export interface Check {
  readonly name: string;
  /** Completes "The service ...". */
  readonly promise: string;
  run(context: CheckContext): Promise<Finding>;
}
