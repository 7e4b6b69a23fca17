import { Clock } from '../../src/platform/clock.js';

/** Real time, moved forward as far as a test says. */
export class TestClock extends Clock {
  private offset = 0;
  private advances = 0;

  override now(): number {
    return super.now() + this.offset;
  }

  override monotonic(): number {
    return super.monotonic() + this.offset;
  }

  /** How often it was moved: whoever must react to that compares. */
  get jumps(): number {
    return this.advances;
  }

  /** Lets `ms` milliseconds pass at once. */
  advance(ms: number): void {
    this.offset += ms;
    this.advances++;
  }
}
