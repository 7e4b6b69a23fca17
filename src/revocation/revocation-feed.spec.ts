import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { loadSettings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import { RevocationFeed } from './revocation-feed.js';
import { RevocationIndex } from './revocation-index.js';

const BOUND = 2000;
/** What the database's clock says; that of the process says something else. */
const DATABASE_NOW = 1_800_000_000_000;
/** As many rows as the feed asks for at once. */
const BATCH = 5000;

class FakeClock extends Clock {
  ticks = 0;
  override now = () => 5; // a wall clock that nobody should believe
  override monotonic = () => this.ticks;
}

interface Row {
  readonly revision: number;
  readonly subject: string;
  readonly expiresAt: number;
}

/** The two tables that the feed reads. Numbers come as text, as mysql2 gives them. */
class FakeDatabase {
  readonly dialect = 'mariadb';
  readonly rows: Row[] = [];
  revision = 0;
  down = false;
  statements = 0;
  /** What happens while a statement is under way. */
  meanwhile = (): void => undefined;

  revoke(subject: string, expiresAt = DATABASE_NOW + 60_000): void {
    this.rows.push({ revision: ++this.revision, subject, expiresAt });
  }

  async select(sql: string, [first = 0, upTo = 0, now = 0]: readonly number[]): Promise<object[]> {
    await Promise.resolve();
    this.statements++;
    if (this.down) throw Object.assign(new Error('The database is down'), { code: 'ECONNREFUSED' });
    if (sql.includes('revocation_head')) {
      const head = { revision: `${this.revision}`, now: `${DATABASE_NOW}`, nextStatusIndex: '0' };
      this.meanwhile();
      return [head];
    }
    const asked = this.rows.filter(
      ({ revision, expiresAt }) => revision > first && revision <= upTo && expiresAt >= now,
    );
    if (sql.includes('COUNT')) return [{ kind: 'token', count: `${asked.length}` }];
    const found = asked.slice(0, BATCH).map(({ revision, subject, expiresAt }) => ({
      kind: 'token',
      subject,
      revision: `${revision}`,
      minVersion: null,
      statusIndex: null,
      expiresAt: `${expiresAt}`,
    }));
    this.meanwhile();
    return found;
  }
}

class Replica {
  readonly clock = new FakeClock();
  readonly index = new RevocationIndex();
  readonly feed: RevocationFeed;
  constructor(database: FakeDatabase, env: Readonly<Record<string, string>> = {}) {
    this.feed = new RevocationFeed(
      database as unknown as Database, // all that the feed uses
      this.index,
      this.clock,
      loadSettings({ REVOCATION_MAX_STALENESS: `${BOUND}ms`, ...env }),
      pino({ enabled: false }),
    );
  }

  knows(jti: string): boolean {
    return this.index.find({ jti, sid: '', sub: '', kid: '', ver: 0 }) === 'token';
  }
}

let database: FakeDatabase;
let replica: Replica;
beforeEach(() => {
  database = new FakeDatabase();
  replica = new Replica(database);
});

describe('what a replica knows', () => {
  it('is everything that was revoked before a poll began', async () => {
    for (const subject of ['a', 'b']) database.revoke(subject);
    await replica.feed.poll();
    expect([replica.knows('a'), replica.knows('b'), replica.feed.revision]).toEqual([
      true,
      true,
      2,
    ]);
    database.revoke('c');
    expect(replica.knows('c')).toBe(false);
    await replica.feed.poll();
    expect(replica.knows('c')).toBe(true);
  });

  it('is not what was revoked while the poll was under way; the next one brings it', async () => {
    database.revoke('a');
    database.meanwhile = () => {
      database.meanwhile = () => undefined;
      database.revoke('late');
    };
    await replica.feed.poll();
    expect([replica.knows('a'), replica.knows('late'), replica.feed.revision]).toEqual([
      true,
      false,
      1,
    ]);
    await replica.feed.poll();
    expect(replica.knows('late')).toBe(true);
  });

  it('comes in batches, none of which is skipped', async () => {
    for (let i = 1; i <= 2 * BATCH + 1; i++) database.revoke(`${i}`);
    await replica.feed.poll();
    expect(replica.index.size).toBe(2 * BATCH + 1);
    expect(database.statements).toBe(5); // the head, how many, and three batches
  });

  it('survives a failure between two batches: the next poll goes on from there', async () => {
    for (let i = 1; i <= BATCH + 1; i++) database.revoke(`${i}`);
    database.meanwhile = () => {
      if (database.statements === 3) database.down = true;
    };
    await expect(replica.feed.poll()).rejects.toThrow('down');
    expect(replica.feed.isFresh).toBe(false);
    database.down = false;
    await replica.feed.poll();
    expect(replica.index.size).toBe(BATCH + 1);
    expect(replica.feed.isFresh).toBe(true);
  });

  it("leaves out what has expired by the database's clock, and sweeps by it", async () => {
    database.revoke('expired', DATABASE_NOW - 1);
    database.revoke('ending', DATABASE_NOW);
    await replica.feed.poll();
    expect([replica.knows('expired'), replica.knows('ending')]).toEqual([false, true]);
    replica.index.add({
      kind: 'token',
      subject: 'own',
      minVersion: null,
      expiresAt: DATABASE_NOW - 1,
    });
    replica.clock.ticks = 10_000;
    await replica.feed.poll();
    expect([replica.knows('own'), replica.knows('ending')]).toEqual([false, true]);
  });

  it('costs one statement a poll when nothing happened', async () => {
    await replica.feed.poll();
    await replica.feed.poll();
    expect(database.statements).toBe(2);
  });
});

describe('how old that knowledge is', () => {
  it('is without limit before the first poll', () => {
    expect(replica.feed.staleness).toBe(Infinity);
    expect(replica.feed.isTrusted).toBe(false);
  });

  it('is counted from the beginning of a poll, not from its end', async () => {
    database.meanwhile = () => {
      replica.clock.ticks += 700; // a slow database
    };
    database.revoke('a');
    await replica.feed.poll();
    expect(replica.feed.staleness).toBe(1400);
    replica.clock.ticks = BOUND;
    expect(replica.feed.isFresh).toBe(true);
    replica.clock.ticks = BOUND + 1;
    expect(replica.feed.isFresh).toBe(false);
  });

  it('makes a poll that took longer than the bound worthless', async () => {
    database.meanwhile = () => {
      replica.clock.ticks += BOUND + 1;
    };
    await replica.feed.poll();
    expect(replica.feed.isTrusted).toBe(false);
  });

  it('grows while polls fail, and is mended by the first that succeeds', async () => {
    await replica.feed.poll();
    database.down = true;
    for (replica.clock.ticks = 500; replica.clock.ticks <= BOUND; replica.clock.ticks += 500) {
      await expect(replica.feed.poll()).rejects.toThrow();
      expect(replica.feed.isFresh).toBe(true);
    }
    expect(replica.feed.isTrusted).toBe(false);
    database.down = false;
    await replica.feed.poll();
    expect(replica.feed.staleness).toBe(0);
    expect(replica.feed.isTrusted).toBe(true);
  });

  it('is not confirmed by a history that went back, which has forgotten revocations', async () => {
    for (const subject of ['a', 'b', 'c']) database.revoke(subject);
    await replica.feed.poll();
    database.revision = 2; // a backup was restored
    replica.clock.ticks = BOUND + 1;
    await expect(replica.feed.poll()).rejects.toThrow('went back from 3 to 2');
    expect(replica.feed.isTrusted).toBe(false);
    expect(replica.knows('c')).toBe(true);
  });

  it('is not confirmed by a database without a history', async () => {
    database.select = () => Promise.resolve([]);
    await expect(replica.feed.poll()).rejects.toThrow('revocation_head');
    expect(replica.feed.isFresh).toBe(false);
  });
});

describe('failing open', () => {
  const open = { REVOCATION_FAIL_OPEN: 'on' };

  it('serves on with what is known', async () => {
    const other = new Replica(database, open);
    await other.feed.poll();
    other.clock.ticks = 1e9;
    expect(other.feed.isFresh).toBe(false);
    expect(other.feed.isTrusted).toBe(true);
  });

  it('does not serve before anything is known', () => {
    expect(new Replica(database, open).feed.isTrusted).toBe(false);
  });
});

describe('following the feed', () => {
  const told: [subjects: string[], upTo: number][] = [];
  beforeEach(() => {
    told.length = 0;
    replica.feed.follow((passed, upTo, now) => {
      expect(now).toBe(DATABASE_NOW);
      if (passed.length > 0) told.push([passed.map(({ subject }) => subject), upTo]);
    });
  });

  it('tells of each revocation once, in order, when the feed has passed it', async () => {
    database.revoke('a');
    database.revoke('b');
    await replica.feed.poll();
    await replica.feed.poll();
    database.revoke('c');
    await replica.feed.poll();
    expect(told).toEqual([
      [['a', 'b'], 2],
      [['c'], 3],
    ]);
  });

  it('tells of no more than it has read, in what is too much for one batch', async () => {
    for (let i = 0; i <= BATCH; i++) database.revoke(`${i}`);
    await replica.feed.poll();
    expect(told.map(([subjects, upTo]) => [subjects.length, upTo])).toEqual([
      [BATCH, BATCH],
      [1, BATCH + 1],
    ]);
  });

  it('tells that time passes when nothing is revoked', async () => {
    let calls = 0;
    replica.feed.follow(() => calls++);
    replica.clock.ticks = 5000;
    await replica.feed.poll();
    expect(calls).toBe(1);
  });
});

describe('polling by itself', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('does not start when the first load fails', async () => {
    database.down = true;
    await expect(replica.feed.start()).rejects.toThrow('down');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('goes on after failures, until it is stopped', async () => {
    await replica.feed.start();
    database.down = true;
    await jest.advanceTimersByTimeAsync(1500);
    expect(database.statements).toBe(4);
    database.down = false;
    database.revoke('after');
    await jest.advanceTimersByTimeAsync(500);
    expect(replica.knows('after')).toBe(true);
    await replica.feed.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stops for good, also when a poll is under way', async () => {
    await replica.feed.start();
    jest.advanceTimersByTime(500); // the poll has begun and waits for the database
    await replica.feed.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
