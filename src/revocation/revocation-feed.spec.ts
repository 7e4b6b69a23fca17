import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { loadSettings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import type { WatchDatabase } from '../platform/database/database.js';
import type { HistoryMark } from './history-mark.js';
import type { HistoryPosition } from './history.js';
import { HistoryLost } from './known-history.js';
import { RevocationFeed } from './revocation-feed.js';
import { RevisionNotReached } from './revocation.errors.js';
import { RevocationIndex } from './revocation-index.js';
import { RevocationsRepository } from './revocations.repository.js';

const BOUND = 2000;
/** What the database's clock says; that of the process says something else. */
const DATABASE_NOW = 1_800_000_000_000;
const INSTALLATION = 1_700_000_000_000;
/** As many rows as the feed asks for at first, and at the most. */
const BATCH = 1000;
const BATCH_MAX = 5000;

class FakeClock extends Clock {
  ticks = 0;
  override now = () => DATABASE_NOW + 3_600_000; // a wall clock that nobody should believe
  override monotonic = () => this.ticks;
}

interface Row {
  readonly revision: number;
  readonly subject: string;
  readonly expiresAt: number;
  readonly createdAt: number;
}

/** The two tables that the feed reads. Numbers come as text, as mysql2 gives them. */
class FakeDatabase {
  readonly dialect = 'mariadb';
  readonly rows: Row[] = [];
  revision = 0;
  epoch = 0;
  keysVersion = 1;
  nextStatusIndex = 0;
  now = DATABASE_NOW;
  down = false;
  statements = 0;
  /** As many rows as were asked for each time. */
  readonly sizes: number[] = [];
  /** What happens while a statement is under way. */
  meanwhile = (): void => undefined;

  revoke(subject: string, expiresAt = DATABASE_NOW + 60_000): void {
    const createdAt = DATABASE_NOW + this.revision;
    this.rows.push({ revision: ++this.revision, subject, expiresAt, createdAt });
  }

  async select(sql: string, parameters: readonly number[] = []): Promise<object[]> {
    const [first = 0, upTo = 0, now = 0] = parameters.slice(sql.includes('CASE WHEN') ? 1 : 0);
    await Promise.resolve();
    this.statements++;
    if (this.down) throw Object.assign(new Error('The database is down'), { code: 'ECONNREFUSED' });
    if (sql.includes('revocation_head')) {
      const createdAtOfKnown = this.rows.find(({ revision }) => revision === first)?.createdAt;
      const head = {
        revision: `${this.revision}`,
        epoch: `${this.epoch}`,
        keysVersion: `${this.keysVersion}`,
        createdAtOfKnown: createdAtOfKnown === undefined ? null : `${createdAtOfKnown}`,
        now: `${this.now}`,
        nextStatusIndex: `${this.nextStatusIndex}`,
      };
      this.meanwhile();
      return [head];
    }
    if (sql.includes('installation')) return [{ createdAt: `${INSTALLATION}` }];
    const asked = this.rows.filter(
      ({ revision, expiresAt }) => revision > first && revision <= upTo && expiresAt >= now,
    );
    const size = parameters[4] ?? 0;
    this.sizes.push(size);
    const found = asked.slice(0, size).map(({ revision, subject, expiresAt, createdAt }) => ({
      kind: 'token',
      createdAt: revision === parameters[0] ? `${createdAt}` : null,
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

/** What a data folder remembers. */
class FakeMark {
  position: HistoryPosition | undefined;
  read = (installation: number) =>
    Promise.resolve(installation === INSTALLATION ? this.position : undefined);
  note = (installation: number, position: HistoryPosition): void => {
    expect(installation).toBe(INSTALLATION);
    this.position = position;
  };
  settled = () => Promise.resolve();
}

class Replica {
  readonly clock = new FakeClock();
  readonly index = new RevocationIndex();
  readonly feed: RevocationFeed;
  constructor(
    database: FakeDatabase,
    env: Readonly<Record<string, string>> = {},
    mark = new FakeMark(),
  ) {
    this.feed = new RevocationFeed(
      new RevocationsRepository(database as unknown as WatchDatabase), // all that it uses
      this.index,
      mark as unknown as HistoryMark, // likewise
      this.clock,
      new ExpiryClock(this.clock),
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
    expect(database.statements).toBe(5); // the installation, the head, and three batches
  });

  it.each([0, 10_000_000])(
    'comes in batches that grow, up to a limit, also when %s have expired before',
    async (expired) => {
      database.revision = expired;
      for (let i = 1; i <= 10 * BATCH_MAX; i++) database.revoke(`${i}`);
      await replica.feed.poll();
      expect(replica.index.size).toBe(10 * BATCH_MAX);
      expect(database.sizes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => BATCH));
      expect(Math.max(...database.sizes)).toBe(BATCH_MAX);
      expect(database.sizes.length).toBeLessThan(22);
    },
  );

  it('lets the index expect what is left, by how close together the first ones lie, and no more at the end', async () => {
    const expected = jest.spyOn(replica.index, 'expectGrowth');
    database.revision = 10_000_000;
    for (let i = 1; i <= 10 * BATCH; i++) database.revoke(`${i}`);
    await replica.feed.poll();
    expect(expected.mock.calls[0]).toEqual([10]);
    expect(expected).toHaveBeenLastCalledWith(1);
    expected.mockClear();
    database.revoke('later');
    await replica.feed.poll();
    expect(expected).not.toHaveBeenCalled();
  });

  it('lets the index expect no more after a load that failed', async () => {
    const expected = jest.spyOn(replica.index, 'expectGrowth');
    for (let i = 1; i <= 10 * BATCH; i++) database.revoke(`${i}`);
    database.meanwhile = () => {
      if (database.statements === 4) database.down = true;
    };
    await expect(replica.feed.poll()).rejects.toThrow('down');
    expect(expected.mock.calls[0]).toEqual([10]);
    expect(expected).toHaveBeenLastCalledWith(1);
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

  it('keeps what the database takes for expired when its clock jumps', async () => {
    database.revoke('revoked');
    await replica.feed.poll();
    database.now += 3_600_000;
    database.revoke('another');
    for (replica.clock.ticks = 1000; replica.clock.ticks <= 10_000; replica.clock.ticks += 1000)
      await replica.feed.poll();
    expect([replica.knows('revoked'), replica.knows('another')]).toEqual([true, true]);
  });

  it('costs one statement a poll when nothing happened', async () => {
    await replica.feed.poll();
    database.statements = 0;
    await replica.feed.poll();
    expect(database.statements).toBe(1);
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
    await expect(replica.feed.poll()).rejects.toThrow('at 2, and was at 3');
    expect(replica.feed.isTrusted).toBe(false);
    expect(replica.feed.hasLostHistory).toBe(true);
    expect(replica.knows('c')).toBe(true);
  });

  it('is not confirmed by a database without a history', async () => {
    database.select = () => Promise.resolve([]);
    await expect(replica.feed.poll()).rejects.toThrow('revocation_head');
    expect(replica.feed.isFresh).toBe(false);
  });
});

describe('a database that was restored from a backup', () => {
  let mark: FakeMark;
  /** The same database as it was, with a history of its own from there on. */
  const restore = (to: number, subjects: readonly string[] = []) => {
    database.rows.splice(to);
    database.revision = to;
    for (const subject of subjects) {
      const createdAt = DATABASE_NOW + 500_000 + database.revision;
      const expiresAt = DATABASE_NOW + 900_000;
      database.rows.push({ revision: ++database.revision, subject, expiresAt, createdAt });
    }
  };
  beforeEach(async () => {
    mark = new FakeMark();
    replica = new Replica(database, {}, mark);
    for (const subject of ['a', 'b', 'c']) database.revoke(subject);
    await replica.feed.poll();
  });

  it.each([
    ['shorter', []],
    ['as long', ['x']],
    ['longer', ['x', 'y', 'z']],
  ])('is noticed when its history is %s', async (_, subjects) => {
    restore(2, subjects);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
    expect([replica.feed.hasLostHistory, replica.feed.isTrusted]).toEqual([true, false]);
  });

  it.each([
    ['shorter', []],
    ['as long', ['x']],
    ['longer', ['x', 'y', 'z']],
  ])('is noticed by a replica that starts when its history is %s', async (_, subjects) => {
    restore(2, subjects);
    const started = new Replica(database, {}, mark);
    await expect(started.feed.start()).rejects.toThrow(HistoryLost);
    expect(started.feed.isTrusted).toBe(false);
  });

  it('does not come back when its history has become as long', async () => {
    restore(2);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
    restore(2, ['c']);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
  });

  it('was none when the same history is there again: a node that lagged behind', async () => {
    const rows = [...database.rows];
    restore(2);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
    database.rows.push(...rows.slice(2));
    database.revision = 3;
    await replica.feed.poll();
    expect(replica.feed.isTrusted).toBe(true);
  });

  it.each(['keysVersion', 'nextStatusIndex'] as const)(
    'is noticed by what else only rises, without a revocation: %s',
    async (counter) => {
      database[counter] = 7;
      await replica.feed.poll();
      database[counter] = 6;
      await expect(new Replica(database, {}, mark).feed.poll()).rejects.toThrow(HistoryLost);
      await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
    },
  );

  it('is noticed when only a part of what was lost had been taken in', async () => {
    for (let i = 0; i <= BATCH; i++) database.revoke(`${i}`);
    database.meanwhile = () => {
      if (database.statements === 5) database.down = true; // between two batches
    };
    await expect(replica.feed.poll()).rejects.toThrow('down');
    database.meanwhile = () => undefined;
    database.down = false;
    restore(4);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
  });

  it('is served again once the restore is finished, with what was revoked before the backup', async () => {
    restore(2);
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
    database.epoch = 1;
    database.revision = 1_000_003;
    database.revoke('after');
    await replica.feed.poll();
    expect(replica.feed.isTrusted).toBe(true);
    expect(['a', 'b', 'c', 'after'].map((jti) => replica.knows(jti))).toEqual(Array(4).fill(true));
    expect(mark.position).toMatchObject({
      epoch: 1,
      revision: 1_000_004,
      createdAt: DATABASE_NOW + 1_000_003,
    });
    const started = new Replica(database, {}, mark);
    await started.feed.poll();
    expect(['a', 'c'].map((jti) => started.knows(jti))).toEqual([true, false]);
  });

  it('is noticed again after that', async () => {
    database.epoch = 1;
    await replica.feed.poll();
    database.epoch = 0; // an older backup, from before the first restore
    await expect(replica.feed.poll()).rejects.toThrow(HistoryLost);
  });

  it('has the signing keys read anew when it is finished, whatever their version', async () => {
    let reads = 0;
    replica.feed.whenKeysChange(() => {
      reads++;
      return Promise.resolve();
    });
    await replica.feed.poll();
    expect(reads).toBe(0);
    database.epoch = 1;
    await replica.feed.poll();
    expect(reads).toBe(1);
  });

  it('is not what an expired revocation looks like', async () => {
    database.rows.length = 0; // the reaper took them
    await replica.feed.poll();
    const started = new Replica(database, {}, mark);
    await started.feed.poll();
    expect([replica, started].map(({ feed }) => feed.isTrusted)).toEqual([true, true]);
  });
});

describe('reaching a revision', () => {
  it('asks nobody when it is known', async () => {
    database.revoke('a');
    await replica.feed.poll();
    database.statements = 0;
    await replica.feed.reach(1);
    expect(database.statements).toBe(0);
  });

  it('takes in what was stored before it was asked for', async () => {
    await replica.feed.poll();
    database.revoke('a');
    await replica.feed.reach(1);
    expect(replica.knows('a')).toBe(true);
  });

  it('sees what was stored while another poll was under way', async () => {
    await replica.feed.poll();
    database.meanwhile = () => {
      database.meanwhile = () => undefined;
      database.revoke('late');
    };
    const poll = replica.feed.poll();
    await Promise.resolve(); // it has begun
    await replica.feed.reach(1);
    await poll;
    expect(replica.knows('late')).toBe(true);
  });

  it('costs one poll or two, however many ask for what there is not', async () => {
    await replica.feed.poll();
    database.statements = 0;
    const asking = Array.from({ length: 100 }, () => replica.feed.reach(1000));
    const answers = await Promise.allSettled(asking);
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(database.statements).toBeLessThanOrEqual(2);
  });

  it('fails when the database does, and works again after', async () => {
    database.down = true;
    await expect(replica.feed.reach(1)).rejects.toThrow(RevisionNotReached);
    database.down = false;
    database.revoke('a');
    await replica.feed.reach(1);
    expect(replica.knows('a')).toBe(true);
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

  it('asks again at once when the first load took longer than the bound', async () => {
    database.revoke('before');
    database.meanwhile = () => {
      replica.clock.ticks += BOUND;
      database.meanwhile = () => {
        replica.clock.ticks += 1;
        database.meanwhile = () => undefined;
        database.revoke('while it loaded');
      };
    };
    await replica.feed.start();
    expect(replica.knows('while it loaded')).toBe(true);
    expect(replica.feed.isFresh).toBe(true);
    await replica.feed.stop();
  });

  it('goes on after failures, until it is stopped', async () => {
    await replica.feed.start();
    database.down = true;
    await jest.advanceTimersByTimeAsync(1500);
    expect(database.statements).toBe(5);
    database.down = false;
    database.revoke('after');
    await jest.advanceTimersByTimeAsync(500);
    expect(replica.knows('after')).toBe(true);
    await replica.feed.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not ask again after a slow first load when it was stopped meanwhile', async () => {
    database.meanwhile = () => {
      replica.clock.ticks += BOUND + 1;
    };
    const starting = replica.feed.start();
    await replica.feed.stop();
    await starting;
    expect(database.statements).toBe(2); // the installation and the head, once
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stops for good, also when a poll is under way', async () => {
    await replica.feed.start();
    jest.advanceTimersByTime(500); // the poll has begun and waits for the database
    await replica.feed.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
