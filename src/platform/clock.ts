import { Injectable } from '@nestjs/common';

/**
 * The only source of time. Tests replace it and never sleep.
 *
 * Two readings, because they answer different questions: `now` says what time it is (token claims,
 * stored instants), `monotonic` says how long something took and cannot be moved by an operator or NTP.
 */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch, by this machine's clock. */
  now(): number {
    return Date.now();
  }

  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number {
    return performance.now();
  }
}
