/** Where time comes from; tests bring their own. Milliseconds. */
export interface Clock {
  /** Since the epoch: decides about `exp`, `nbf` and `iat`. */
  now(): number;
  /** From any point on, never backwards: ages what is cached, whatever happens to the system's clock. */
  monotonic(): number;
}

/** The given parts of a clock, and the system's for the others. */
export function clockFrom(given: Partial<Clock> = {}): Clock {
  return {
    now: () => given.now?.() ?? Date.now(),
    monotonic: () => given.monotonic?.() ?? performance.now(),
  };
}
