import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database/database.js';
import { Metrics } from '../../platform/metrics.js';
import type { Follower, RevocationFeed } from '../revocation-feed.js';
import { ProgressRecorder } from './progress-recorder.js';
import type { RevocationReading } from './revocation-reading.entity.js';

const HOUR = 3_600_000;

class FakeClock extends Clock {
  ms = 1_800_000_000_000;
  override now = () => this.ms;
  override monotonic = () => this.ms;
}

/** Stores what is inserted when the transaction is over, as a database does. */
class FakeDatabase {
  readonly dialect = 'mariadb';
  readonly dataSource = { isInitialized: true };
  stored: RevocationReading[] = [];
  failure: (() => Error | undefined) | undefined;
  pending: RevocationReading[] = [];
  transaction = async (work: () => Promise<void>): Promise<void> => {
    this.pending = [];
    await work();
    const error = this.failure?.();
    if (error !== undefined) throw error;
    this.stored.push(...this.pending);
  };
  repository = () => ({
    createQueryBuilder: () => ({ insert: () => new FakeInsert(this) }),
    delete: () => Promise.resolve(),
  });
  execute = () => Promise.resolve(1);
  now = () => Promise.resolve(0);
}

/** As much of an INSERT as is used, which fails for what is there unless it is told to leave that out. */
class FakeInsert {
  private rows: readonly RevocationReading[] = [];
  private ignores = false;
  constructor(private readonly database: FakeDatabase) {}
  values(rows: readonly RevocationReading[]): this {
    this.rows = rows;
    return this;
  }
  orIgnore(): this {
    this.ignores = true;
    return this;
  }
  updateEntity(): this {
    return this;
  }
  execute(): Promise<void> {
    const { stored, pending } = this.database;
    const fresh = this.rows.filter(({ id }) => stored.every((one) => one.id !== id));
    if (fresh.length < this.rows.length && !this.ignores)
      return Promise.reject(Object.assign(new Error('Duplicate'), { code: 'ER_DUP_ENTRY' }));
    pending.push(...fresh);
    return Promise.resolve();
  }
}

let database: FakeDatabase;
let clock: FakeClock;
let follow: Follower;
let recorder: ProgressRecorder;
let metrics: Metrics;
beforeEach(() => {
  jest.useFakeTimers();
  database = new FakeDatabase();
  clock = new FakeClock();
  metrics = new Metrics();
  recorder = new ProgressRecorder(
    { follow: (follower: Follower) => (follow = follower) } as unknown as RevocationFeed, // all that is used
    database as unknown as Database, // likewise
    clock,
    { port: 3000 },
    pino({ enabled: false }),
    metrics,
  );
});
afterEach(() => {
  jest.useRealTimers();
});

const pass = (upTo: number) => {
  follow([], upTo, clock.now());
};
const later = (ms = 500) => jest.advanceTimersByTimeAsync(ms);
const revisions = () => database.stored.map(({ revision }) => revision);
const dropped = async () => {
  const metric = metrics.registry.getSingleMetric('signet_revocation_readings_dropped_total');
  return (await metric?.get())?.values[0]?.value;
};

describe('who has taken in what', () => {
  it('is written once for each revision, by itself', async () => {
    for (const revision of [1, 1, 2, 2, 2]) pass(revision);
    await later();
    pass(2);
    await later();
    expect(revisions()).toEqual([1, 2]);
  });

  it('is written with the next when it could not be, in whole', async () => {
    database.failure = () => new Error('The database is down');
    pass(1);
    await later();
    expect(revisions()).toEqual([]);
    database.failure = undefined;
    pass(2);
    await later();
    expect(revisions()).toEqual([1, 2]);
  });

  it('is not held up by what was stored though the answer was lost', async () => {
    pass(1);
    database.failure = () => {
      database.failure = undefined;
      database.stored.push(...database.pending);
      return new Error('The connection was lost after the commit');
    };
    await later();
    pass(2);
    await later(); // the first is a duplicate now
    expect(revisions()).toEqual([1, 2]);
  });

  it('fits into one statement after an outage, the newest of it', async () => {
    database.failure = () => new Error('The database is down');
    for (let revision = 1; revision <= 20_000; revision++)
      recorder.consumed('service', 'named', revision);
    await later();
    database.failure = undefined;
    await later();
    expect(database.stored.length * 5).toBeLessThan(32_766); // what SQLite binds at the most
    expect(revisions().at(-1)).toBe(20_000);
  });

  it('is counted where it is dropped, and noted when it is read again', async () => {
    pass(1);
    for (let list = 0; list < 5000; list++) recorder.consumed('service', `${list}`, 1);
    expect(await dropped()).toBe(1);
    await later();
    const replicas = () => database.stored.filter(({ document }) => document === '').length;
    expect(replicas()).toBe(0);
    pass(1);
    await later();
    expect(replicas()).toBe(1);
    expect(await dropped()).toBe(1);
  });

  it('is counted when it was dropped for want of a database', async () => {
    database.failure = () => new Error('The database is down');
    for (let list = 0; list < 5000; list++) recorder.consumed('service', `${list}`, 1);
    const writing = later();
    for (let list = 5000; list < 5003; list++) recorder.consumed('service', `${list}`, 1);
    await writing;
    await later();
    expect(await dropped()).toBe(3);
  });

  it('is said again before it would be forgotten', async () => {
    pass(1);
    await later();
    clock.ms += 7 * HOUR;
    pass(1);
    await later();
    expect(revisions()).toEqual([1, 1]);
  });

  it('is known of consumers by what they were given', async () => {
    recorder.consumed('service', 'named', 7);
    recorder.consumed('service', '3', 5);
    await later();
    expect(
      database.stored.map(({ readerId, document, revision }) => [readerId, document, revision]),
    ).toEqual([
      ['service', 'named', 7],
      ['service', '3', 5],
    ]);
  });
});
