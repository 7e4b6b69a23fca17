import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ThrottleCounter } from '../../src/auth/throttling/throttle-counter.entity.js';
import type { Database } from '../../src/platform/database/database.js';
import { openStorage } from '../support/database.js';
import type { TestStorage } from '../support/database.js';
import { clustered, dialect } from '../support/databases.js';

class Undo extends Error {}

describe(`transactions on ${dialect}`, () => {
  let storage: TestStorage;
  let database: Database;

  beforeAll(async () => {
    storage = await openStorage();
    ({ database } = storage);
  });
  afterAll(() => storage.close());
  beforeEach(() => database.execute('DELETE FROM throttle_counters'));

  const add = (id: string) =>
    database.repository(ThrottleCounter).insert({ id, points: 0, expiresAt: 0 });
  const raise = (id: string) =>
    database.execute('UPDATE throttle_counters SET points = points + 1 WHERE id = ?', [id]);
  const stored = async () => {
    const rows = await database.select<{ id: string }>(
      'SELECT id FROM throttle_counters ORDER BY id',
    );
    return rows.map(({ id }) => id);
  };
  /** Resolves when both parties have called it; on SQLite the other one has to wait, so it gives up. */
  const meet = () => {
    let arrivals = 0;
    let open!: () => void; // assigned by the executor, which runs at once
    const both = new Promise<void>((resolve) => (open = resolve));
    return async () => {
      if (++arrivals === 2) open();
      await Promise.race([
        both,
        sleep(dialect === 'sqlite' ? 50 : 2000, undefined, { ref: false }),
      ]);
    };
  };

  if (dialect !== 'sqlite') {
    it('locks no gaps between rows', async () => {
      const level = await database.transaction(() =>
        database.select('SELECT @@session.tx_isolation AS level'),
      );
      expect(level).toEqual([{ level: 'READ-COMMITTED' }]);
    });
  }

  it('commits all of it', async () => {
    const result = await database.transaction(async () => {
      await add('a');
      await add('b');
      return 'done';
    });
    expect(result).toBe('done');
    expect(await stored()).toEqual(['a', 'b']);
  });

  it('rolls back all of it, and tells why', async () => {
    const work = database.transaction(async () => {
      await add('a');
      await raise('a');
      throw new Undo();
    });
    await expect(work).rejects.toBeInstanceOf(Undo);
    expect(await stored()).toEqual([]);
  });

  it('undoes a rehearsal, and drops its effects', async () => {
    const effects: string[] = [];
    let seen: readonly string[] = [];
    await database.rehearse(async () => {
      await database.transaction(() => add('a'));
      database.afterCommit(() => effects.push('a'));
      seen = await stored();
    });
    expect(seen).toEqual(['a']);
    expect(await stored()).toEqual([]);
    expect(effects).toEqual([]);
    await add('b'); // and the connection is free again
    expect(await stored()).toEqual(['b']);
  });

  it('tells why a rehearsal failed', async () => {
    const work = database.rehearse(async () => {
      await add('a');
      throw new Undo();
    });
    await expect(work).rejects.toBeInstanceOf(Undo);
    expect(await stored()).toEqual([]);
  });

  it('does not rehearse inside of a transaction, whose other parts it could not keep', async () => {
    const work = database.transaction(async () => {
      await add('a');
      await database.rehearse(() => add('b'));
    });
    await expect(work).rejects.toThrow('rehearse inside of a transaction');
    expect(await stored()).toEqual([]);
  });

  it('keeps what others wrote while one was rolled back', async () => {
    const together = meet();
    const [lost, won, plain] = await Promise.allSettled([
      database.transaction(async () => {
        await add('a1');
        await together();
        await sleep(20);
        await add('a2');
        throw new Undo();
      }),
      database.transaction(async () => {
        await add('b1');
        await together();
        await add('b2');
      }),
      sleep(10).then(() => add('plain')),
    ]);
    expect([lost.status, won.status, plain.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(await stored()).toEqual(['b1', 'b2', 'plain']);
  });

  it('never shows what is not committed', async () => {
    const second = await storage.connect();
    let written!: () => void; // assigned by the executor, which runs at once
    // Waits outside, so that its query belongs to nobody's transaction.
    const reading = new Promise<void>((resolve) => (written = resolve)).then(() =>
      second.select('SELECT id FROM throttle_counters'),
    );
    await database.transaction(async () => {
      await add('a');
      written();
      expect(await reading).toEqual([]);
    });
    expect(await stored()).toEqual(['a']);
  });

  it('keeps twenty overlapping transactions apart, whichever are rolled back', async () => {
    const committed: string[] = [];
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => {
        const id = `t${String(i).padStart(2, '0')}`;
        return database
          .transaction(async () => {
            await add(`${id}-first`);
            await sleep(Math.random() * 10);
            await add(`${id}-second`);
            await sleep(Math.random() * 10);
            if (Math.random() < 0.5) throw new Undo();
          })
          .then(() => committed.push(`${id}-first`, `${id}-second`));
      }),
    );
    expect(await stored()).toEqual(committed.sort());
  });

  it('loses no update between twenty read-modify-write transactions', async () => {
    await add('counter');
    await Promise.all(
      Array.from({ length: 20 }, () =>
        database.transaction(async () => {
          await raise('counter');
          await sleep(Math.random() * 3);
          await raise('counter');
        }),
      ),
    );
    const row = await database.repository(ThrottleCounter).findOneByOrFail({ id: 'counter' });
    expect(row.points).toBe(40);
  });

  it('lets a nested call join', async () => {
    const work = database.transaction(async () => {
      await database.transaction(() => add('inner'));
      throw new Undo();
    });
    await expect(work).rejects.toBeInstanceOf(Undo);
    expect(await stored()).toEqual([]);
  });

  it('runs effects after the commit, and none after a rollback', async () => {
    const effects: string[] = [];
    await database.transaction(async () => {
      database.afterCommit(() => effects.push('outer'));
      await database.transaction(async () => {
        await add('a');
        database.afterCommit(() => effects.push('inner'));
      });
      expect(effects).toEqual([]);
    });
    expect(effects).toEqual(['outer', 'inner']);
    const undone = database.transaction(() => {
      database.afterCommit(() => effects.push('never'));
      return Promise.reject(new Undo());
    });
    await expect(undone).rejects.toBeInstanceOf(Undo);
    expect(effects).toEqual(['outer', 'inner']);
    expect(() => {
      database.afterCommit(() => effects.push('never'));
    }).toThrow('outside of a transaction');
  });

  it('goes on after a statement that failed', async () => {
    await add('taken');
    await database.transaction(async () => {
      await expect(add('taken')).rejects.toThrow();
      await add('other');
    });
    expect(await stored()).toEqual(['other', 'taken']);
  });

  it('serves a write that began outside while a transaction is under way', async () => {
    const running = database.transaction(async () => {
      await add('inside');
      await sleep(30);
    });
    await add('outside');
    await running;
    expect(await stored()).toEqual(['inside', 'outside']);
  });

  if (dialect === 'sqlite') {
    it('refuses a query beside the manager inside a transaction, which would wait for itself', async () => {
      const work = database.transaction(async () => {
        await add('a');
        await database.dataSource.query('SELECT 1');
      });
      await expect(work).rejects.toThrow('not through its manager');
      expect(await stored()).toEqual([]);
    });

    it('refuses a second transaction inside the first, which would wait for it', async () => {
      const work = database.transaction(async () => {
        await add('a');
        await database.dataSource.transaction((manager) => manager.query('SELECT 1'));
      });
      await expect(work).rejects.toThrow('not through its manager');
      expect(await stored()).toEqual([]);
    });
  }

  if (dialect === 'mariadb') {
    it('runs the loser of a deadlock again', async () => {
      await add('x');
      await add('y');
      const together = meet();
      let attempts = 0;
      const inOrder = (first: string, second: string) =>
        database.transaction(async () => {
          attempts++;
          await raise(first);
          await together();
          await raise(second);
        });
      await Promise.all([inOrder('x', 'y'), inOrder('y', 'x')]);
      expect(attempts).toBe(3);
      const rows = await database.repository(ThrottleCounter).find();
      expect(rows.map(({ points }) => points)).toEqual([2, 2]);
    });

    it('rehearses the loser of a deadlock again, and stores nothing of either', async () => {
      await add('x');
      await add('y');
      const together = meet();
      let attempts = 0;
      const inOrder = (first: string, second: string) =>
        database.rehearse(async () => {
          attempts++;
          await raise(first);
          await together();
          await raise(second);
        });
      await Promise.all([inOrder('x', 'y'), inOrder('y', 'x')]);
      // At two nodes of a cluster neither waits, and what is never committed is in nobody's way.
      expect(clustered ? [2, 3] : [3]).toContain(attempts);
      const rows = await database.repository(ThrottleCounter).find();
      expect(rows.map(({ points }) => points)).toEqual([0, 0]);
    });

    it('drops the effects of the attempt that lost', async () => {
      await add('x');
      await add('y');
      const together = meet();
      const effects: string[] = [];
      const inOrder = (first: string, second: string) =>
        database.transaction(async () => {
          await raise(first);
          database.afterCommit(() => effects.push(first));
          await together();
          await raise(second);
        });
      await Promise.all([inOrder('x', 'y'), inOrder('y', 'x')]);
      expect(effects.sort()).toEqual(['x', 'y']);
    });
  }
});
