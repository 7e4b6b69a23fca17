import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ThrottleCounter } from '../../src/auth/throttling/throttle-counter.entity.js';
import { Clock } from '../../src/platform/clock.js';
import { Reaper } from '../../src/platform/database/reaper.js';
import { ExpiryClock } from '../../src/platform/expiry-clock.js';
import { createLogger } from '../../src/platform/logger.js';
import { openStorage } from '../support/database.js';
import type { TestStorage } from '../support/database.js';
import { dialect } from '../support/databases.js';

const HOUR = 3_600_000;
const PERISHABLE = { table: 'throttle_counters', key: 'id', column: 'expires_at' };

describe(`removing expired rows on ${dialect}`, () => {
  let storage: TestStorage;
  let now: number;

  beforeAll(async () => {
    storage = await openStorage();
    now = await storage.database.now();
  });
  afterAll(() => storage.close());
  beforeEach(() => storage.database.execute('DELETE FROM throttle_counters'));

  const silent = createLogger('silent');
  const reaper = (keepFor = 0, intervalMs = HOUR) =>
    new Reaper(
      storage.database,
      new ExpiryClock(new Clock()),
      silent,
      [{ ...PERISHABLE, keepFor }],
      intervalMs,
    );
  const counters = () => storage.database.repository(ThrottleCounter);
  const add = async (prefix: string, n: number, expiresAt: number) => {
    const rows = Array.from({ length: n }, (_, i) => ({
      id: `${prefix}${i}`,
      points: 0,
      expiresAt,
    }));
    await counters().insert(rows);
  };
  const left = async () => (await counters().find({ order: { id: 'ASC' } })).map(({ id }) => id);

  it('asks a clock of the database that counts in milliseconds', () => {
    expect(Math.abs(now - Date.now())).toBeLessThan(2000);
    expect(Number.isInteger(now)).toBe(true);
  });

  it('removes what has expired, in several batches, and nothing else', async () => {
    await add('old', 700, now - HOUR);
    await add('older', 700, now - 2 * HOUR);
    await add('live', 3, now + HOUR);
    await reaper().reap();
    expect(await left()).toEqual(['live0', 'live1', 'live2']);
  });

  it('keeps expired rows for as long as it was told', async () => {
    await add('just', 1, now - HOUR);
    await add('long', 1, now - 3 * HOUR);
    await reaper(2 * HOUR).reap();
    expect(await left()).toEqual(['just0']);
  });

  it('reads and deletes through an index, where the server says so', async () => {
    await add('live', 50, now + HOUR);
    const explain = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const plan = await storage.database.select<object>(
      `${explain} SELECT id FROM throttle_counters WHERE expires_at < ? ORDER BY expires_at LIMIT 500`,
      [now],
    );
    expect(JSON.stringify(plan)).toContain('ix_throttle_counters_expiry');
  });

  it('runs by itself, stops when told, and does not run on after that', async () => {
    await add('old', 5, now - HOUR);
    const running = reaper(0, 10);
    running.start();
    for (let i = 0; i < 200 && (await left()).length > 0; i++) await sleep(10);
    expect(await left()).toEqual([]);
    await running.stop();
    await add('late', 1, now - HOUR);
    await sleep(50);
    expect(await left()).toEqual(['late0']);
  });

  it('survives a failure and says so', async () => {
    const lines: string[] = [];
    const log = createLogger('warn', { write: (line) => void lines.push(line) });
    const broken = new Reaper(
      storage.database,
      new ExpiryClock(new Clock()),
      log,
      [{ ...PERISHABLE, table: 'no_such_table', keepFor: 0 }],
      10,
    );
    broken.start();
    for (let i = 0; i < 200 && lines.length < 2; i++) await sleep(10);
    await broken.stop();
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines[0]).toContain('Removing expired rows failed');
  });
});
