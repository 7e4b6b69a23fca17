import { beforeEach, describe, expect, it } from '@jest/globals';
import { TooManyAttempts } from '../../auth/auth.errors.js';
import { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database/database.js';
import { ClientThrottle } from './client-throttle.js';

const MINUTE = 60_000;
const SETTINGS = { loginPairAttempts: 3, loginSourceAttempts: 5, loginWindow: 15 * MINUTE };

class FakeClock extends Clock {
  millis = 1_800_000_000_000;
  override now = () => this.millis;
  override monotonic = () => this.millis;
}

/** The table of counters, and the two statements on it. */
class Counters {
  readonly dialect = 'sqlite';
  readonly rows = new Map<string, { points: number; expiresAt: number }>();
  statements = 0;

  constructor(private readonly clock: Clock) {}

  transaction = <T>(work: () => Promise<T>): Promise<T> => work();

  execute(_sql: string, [id, points, expiresAt]: [string, number, number]): Promise<number> {
    this.statements++;
    const row = this.rows.get(id);
    const lives = row !== undefined && row.expiresAt > this.clock.now();
    this.rows.set(id, lives ? { ...row, points: row.points + points } : { points, expiresAt });
    return Promise.resolve(1);
  }

  select(_sql: string, [id]: [string]): Promise<unknown[]> {
    const row = this.rows.get(id);
    return Promise.resolve(row === undefined ? [] : [row]);
  }
}

class World {
  readonly clock = new FakeClock();
  readonly counters = new Counters(this.clock);
  readonly throttle = this.replica();

  replica(settings = SETTINGS): ClientThrottle {
    // All that the limiter uses of a database.
    return new ClientThrottle(this.counters as unknown as Database, this.clock, settings);
  }

  /** Whether the attempt is let through; one that is fails. */
  async attempt(shown: string, ip: string, throttle = this.throttle): Promise<boolean> {
    try {
      throttle.admit({ shown, ip });
      await throttle.fail({ shown, ip });
      return true;
    } catch (error) {
      if (error instanceof TooManyAttempts) return false;
      throw error;
    }
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

const attempts = async (count: number, ...args: Parameters<World['attempt']>) => {
  let passed = 0;
  for (let i = 0; i < count; i++) if (await world.attempt(...args)) passed++;
  return passed;
};

describe('the throttle of clients', () => {
  it('gives a credential so many failures from one source, and asks nobody about the rest', async () => {
    expect(await attempts(10, 'ada', '192.0.2.1')).toBe(3);
    const { statements } = world.counters;
    expect(await attempts(1000, 'ada', '192.0.2.1')).toBe(0);
    expect(world.counters.statements).toBe(statements);
  });

  it('costs nothing as long as nothing fails', () => {
    for (let i = 0; i < 100; i++) world.throttle.admit({ shown: 'ada', ip: '192.0.2.1' });
    expect(world.counters.statements).toBe(0);
  });

  it('does not let a credential use up the budget of others', async () => {
    await attempts(100, 'ada', '192.0.2.1');
    expect(await attempts(1, 'grace', '192.0.2.1')).toBe(1);
  });

  it('gives a source so many failures, whatever it shows', async () => {
    let passed = 0;
    for (let i = 0; i < 20; i++) passed += await attempts(1, `client ${i}`, '192.0.2.1');
    expect(passed).toBe(5);
    expect(await attempts(1, 'ada', '192.0.2.2')).toBe(1);
  });

  it('says when to come back, and is open then', async () => {
    await attempts(3, 'ada', '192.0.2.1');
    world.clock.millis += 14 * MINUTE;
    const refusal = () => {
      world.throttle.admit({ shown: 'ada', ip: '192.0.2.1' });
    };
    expect(refusal).toThrow(expect.objectContaining({ headers: { 'Retry-After': '60' } }));
    world.clock.millis += MINUTE;
    expect(await attempts(10, 'ada', '192.0.2.1')).toBe(3);
  });

  it('counts with other replicas, which each find out by one failure', async () => {
    const other = world.replica();
    await attempts(3, 'ada', '192.0.2.1');
    expect(() => {
      other.admit({ shown: 'ada', ip: '192.0.2.1' });
    }).not.toThrow();
    expect(await attempts(10, 'ada', '192.0.2.1', other)).toBe(0);
  });

  it('remembers a bounded number of those that it refuses', async () => {
    const throttle = world.replica({ ...SETTINGS, loginPairAttempts: 1 });
    const client = (i: number) =>
      [`client ${i}`, `2001:db8:${i.toString(16)}::1`] satisfies [string, string];
    for (let i = 0; i < 10_001; i++) await world.attempt(...client(i), throttle);
    const admits = (i: number) => () => {
      const [shown, ip] = client(i);
      throttle.admit({ shown, ip });
    };
    expect(admits(0)).not.toThrow();
    expect(admits(1)).toThrow(TooManyAttempts);
    expect(admits(10_000)).toThrow(TooManyAttempts);
  });

  it('does not take a table that cannot be written for too many attempts', async () => {
    world.counters.execute = () => Promise.reject(new Error('read-only'));
    await expect(world.attempt('ada', '192.0.2.1')).rejects.toThrow('read-only');
  });
});
