import { describe, expect, it } from '@jest/globals';
import { Clock } from './clock.js';
import { ExpiryClock } from './expiry-clock.js';

const HOUR = 3_600_000;

/** Two clocks that tell the time, and what has truly passed. */
class SetClock extends Clock {
  private passed = 0;
  machine = 1_000_000_000;
  database = 1_000_000_000;

  override now(): number {
    return this.machine;
  }

  override monotonic(): number {
    return this.passed;
  }

  pass(ms: number): void {
    this.passed += ms;
    this.machine += ms;
    this.database += ms;
  }
}

describe('the time by which things are forgotten', () => {
  const start = () => {
    const clock = new SetClock();
    const expiry = new ExpiryClock(clock);
    return { clock, at: () => expiry.at(clock.database) - 1_000_000_000 };
  };

  it('is that of the clocks while they are right', () => {
    const { clock, at } = start();
    expect(at()).toBe(0);
    for (let i = 1; i <= 1000; i++) {
      clock.pass(500);
      expect(at()).toBe(i * 500);
    }
  });

  it.each(['machine', 'database'] as const)(
    'does not follow the clock of the %s forward, nor after it is set right',
    (which) => {
      const { clock, at } = start();
      at();
      clock[which] += HOUR;
      clock.pass(1000);
      expect(at()).toBe(1000);
      clock[which] -= HOUR;
      clock.pass(1000);
      expect(at()).toBe(2000);
    },
  );

  it('does not follow both forward either', () => {
    const { clock, at } = start();
    at();
    clock.machine += HOUR;
    clock.database += HOUR;
    for (let i = 1; i <= 24 * 60; i++) {
      clock.pass(60_000);
      const time = at();
      expect(time).toBeGreaterThanOrEqual(i * 60_000);
      expect(time).toBeLessThan(i * 60_060 + 1000);
    }
  });

  it('believes them when they have said so for longer than any token lives', () => {
    const { clock, at } = start();
    at();
    clock.machine += 365 * 24 * HOUR;
    clock.database += 365 * 24 * HOUR;
    for (let i = 0; i < 28; i++) {
      clock.pass(HOUR);
      at();
    }
    expect(at()).toBe((365 * 24 + 28) * HOUR);
  });

  it('does not believe a jump because of another one before, a pause of the machine, say', () => {
    const { clock, at } = start();
    at();
    clock.machine += 10 * 60_000;
    clock.database += 10 * 60_000;
    for (let i = 0; i < 24.9 * 60; i++) {
      clock.pass(60_000);
      at();
    }
    clock.machine += HOUR;
    clock.database += HOUR;
    for (let i = 0; i < 10; i++) {
      clock.pass(60_000);
      expect(at()).toBeLessThan(clock.database - 1_000_000_000 - HOUR);
    }
  });

  it('does not run ahead however often it is asked', () => {
    const { clock, at } = start();
    at();
    clock.machine += HOUR;
    clock.database += HOUR;
    for (let i = 0; i < 120_000; i++) {
      clock.pass(0.5);
      at();
    }
    expect(at()).toBeLessThanOrEqual(60_000 * 1.001);
  });

  it('goes back with either of them, and is not lost when that is set right', () => {
    const { clock, at } = start();
    at();
    clock.database -= HOUR;
    clock.pass(1000);
    expect(at()).toBe(1000 - HOUR);
    clock.database += HOUR;
    clock.pass(1000);
    expect(at()).toBeLessThan(2000);
    for (let i = 0; i < 28; i++) {
      clock.pass(HOUR);
      at();
    }
    expect(at()).toBe(2000 + 28 * HOUR);
  });

  it('catches up with a reading that took long', () => {
    const { clock, at } = start();
    clock.database -= 40; // the answer was on its way for so long
    at();
    clock.database += 40;
    for (let i = 0; i < 120; i++) {
      clock.pass(500);
      at();
    }
    expect(at()).toBe(60_000);
  });
});
