import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { giveUpAfter, waitAtMost } from './database-deadlines.js';
import type { MysqlConnection, MysqlPool } from './database-deadlines.js';

class FakeConnection implements MysqlConnection {
  readonly sent: { readonly sql: string; readonly timeout: number }[] = [];
  state = 'leased';
  failure: Error | null = null;

  query = (statement: unknown, ...rest: unknown[]) => {
    this.sent.push(
      typeof statement === 'string' ? { sql: statement, timeout: Infinity } : (statement as never),
    );
    (rest.at(-1) as ((error: Error | null) => void) | undefined)?.(this.failure);
  };
  destroy = () => void (this.state = 'destroyed');
  release = () => void (this.state = 'released');
}

/** Hands out one connection when told to. */
class FakePool implements MysqlPool {
  readonly connection = new FakeConnection();
  handOut: () => void = () => undefined;
  on = () => undefined;
  getConnection: MysqlPool['getConnection'] = (done) => {
    this.handOut = () => done(null, this.connection);
  };
}

describe('a pool with deadlines', () => {
  let pool: FakePool;
  beforeEach(() => {
    pool = new FakePool();
  });

  const get = () =>
    new Promise<MysqlConnection | undefined>((resolve, reject) => {
      pool.getConnection((error, connection) => {
        if (error === null) resolve(connection);
        else reject(error);
      });
    });
  const ask = (sql: string) =>
    new Promise<Error | null>((resolve) => {
      pool.connection.query(sql, [], resolve);
    });

  it('is not waited for longer than that; what it hands out too late goes to the next in line', async () => {
    waitAtMost(pool, 20, 1000);
    await expect(get()).rejects.toThrow('No connections available in time');
    expect(pool.connection.state).toBe('leased');
    pool.handOut();
    expect(pool.connection.state).toBe('released');
  });

  it('hands out in time what it has', async () => {
    waitAtMost(pool, 1000, 1000);
    const got = get();
    pool.handOut();
    expect(await got).toBe(pool.connection);
    expect(pool.connection.state).toBe('leased');
  });

  it('lets all statements of one lease take as long as one', async () => {
    waitAtMost(pool, 1000, 200);
    giveUpAfter(pool.connection, 200);
    const got = get();
    pool.handOut();
    await got;
    await ask('SELECT 1');
    await sleep(120);
    await ask('SELECT 2');
    await ask('COMMIT');
    const [first, second, commit] = pool.connection.sent.map(({ timeout }) => timeout);
    expect(first).toBeGreaterThan(150);
    expect(second).toBeLessThan(100);
    expect(second).toBeGreaterThan(0);
    // Cut short, it would be unknown what became of it.
    expect(commit).toBe(1000);
  });

  it('waits for changes of the schema, and for what follows them', async () => {
    waitAtMost(pool, 1000, 1);
    giveUpAfter(pool.connection, 200);
    const got = get();
    pool.handOut();
    await got;
    await ask('CREATE TABLE t (id INT)');
    await sleep(5);
    await ask('INSERT INTO migrations VALUES (1)');
    expect(pool.connection.sent.map(({ timeout }) => timeout)).toEqual([Infinity, 200]);
  });

  it('gives up a connection whose statement was given up, and no other', async () => {
    giveUpAfter(pool.connection, 200);
    pool.connection.failure = Object.assign(new Error('duplicate'), { code: 'ER_DUP_ENTRY' });
    await ask('INSERT INTO t VALUES (1)');
    expect(pool.connection.state).toBe('leased');
    pool.connection.failure = Object.assign(new Error('timeout'), {
      code: 'PROTOCOL_SEQUENCE_TIMEOUT',
    });
    expect(await ask('SELECT 1')).toBe(pool.connection.failure);
    expect(pool.connection.state).toBe('destroyed');
  });
});
