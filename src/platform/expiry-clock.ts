import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';

/** By how much a monotonic clock may run slow against the true time: more than NTP ever slews (500 ppm). */
const DRIFT = 1e-3;

/** How long clocks must say the same before what they say is believed, in ms: longer than any token lives. */
const PATIENCE = 25 * 3_600_000;

/** By how much the lead of a clock may grow without being another jump, in ms: answers take their time. */
const JITTER = 5000;

interface Reading {
  /** In ms since the epoch, and parts of them: rounded each time it would run ahead. */
  readonly time: number;
  /** When, by the monotonic clock. */
  readonly takenAt: number;
  /** By how much the clocks are ahead of what can be, and since when they are no further. */
  readonly lead: { readonly ms: number; readonly since: number } | undefined;
}

/**
 * The time by which things are forgotten. To forget cannot be undone: a clock that is an hour ahead for a
 * moment would have every revocation dropped, and revoked tokens taken again once it is set right. So this
 * is never later than the database's clock, than this machine's, and than what was there before and the time
 * that has truly passed since; until the clocks have insisted for longer than any token lives. To be late
 * only keeps things longer.
 */
@Injectable()
export class ExpiryClock {
  private last: Reading | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * @param databaseNow what the database's clock says, in ms since the epoch.
   * @returns whole milliseconds since the epoch.
   */
  at(databaseNow: number): number {
    const takenAt = this.clock.monotonic();
    this.last = this.next(Math.min(databaseNow, this.clock.now()), takenAt);
    return Math.floor(this.last.time);
  }

  private next(claimed: number, takenAt: number): Reading {
    const { last } = this;
    if (last === undefined) return { time: claimed, takenAt, lead: undefined };
    const possible = last.time + (takenAt - last.takenAt) * (1 + DRIFT);
    const ms = claimed - possible;
    if (ms <= 0) return { time: claimed, takenAt, lead: undefined };
    const { lead } = last;
    const isAnother = lead === undefined || ms > lead.ms + JITTER;
    const since = isAnother ? takenAt : lead.since;
    return takenAt - since > PATIENCE
      ? { time: claimed, takenAt, lead: undefined }
      : { time: possible, takenAt, lead: { since, ms: isAnother ? ms : Math.min(ms, lead.ms) } };
  }
}
