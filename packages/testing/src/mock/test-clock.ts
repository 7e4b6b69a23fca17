/** Where a mock issuer reads the time; anything with `now()` in milliseconds since the epoch does. */
export interface ClockLike {
  now(): number;
}

/** A clock that stands still until a test moves it. */
export class TestClock implements ClockLike {
  private millis: number;

  /**
   * @param start When it is, in milliseconds since the epoch or as a date; now, when absent.
   * @throws RangeError when that is no moment.
   */
  constructor(start: Date | number | string = Date.now()) {
    this.millis = new Date(start).getTime();
    if (Number.isNaN(this.millis)) throw new RangeError('A clock needs a moment to start from');
  }

  now(): number {
    return this.millis;
  }

  /** Lets so many seconds pass at once; negative ones go back. */
  advance(seconds: number): void {
    this.millis += seconds * 1000;
  }
}
