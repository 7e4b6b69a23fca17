import { describe, expect, it } from '@jest/globals';
import type { AppDataSource } from './data-source.js';
import { Database } from './database.js';

/** A data source on which statements fail with these codes, in turn, before they succeed. */
function databaseThatFails(codes: readonly string[]) {
  const left = [...codes];
  let statements = 0;
  const source = {
    isInitialized: true,
    subscribers: [],
    runDirectly: () => {
      statements++;
      const code = left.shift();
      return code === undefined
        ? Promise.resolve({ rows: [], affected: 1 })
        : Promise.reject(Object.assign(new Error('lost'), { code }));
    },
  };
  return {
    database: new Database(source as unknown as AppDataSource), // all that a direct statement uses
    statements: () => statements,
  };
}

describe('a statement outside of transactions', () => {
  it('is run again when it lost against another transaction', async () => {
    const { database, statements } = databaseThatFails(['ER_LOCK_DEADLOCK', 'ER_LOCK_DEADLOCK']);
    await expect(database.execute('UPDATE sessions SET generation = 2')).resolves.toBe(1);
    expect(statements()).toBe(3);
  });

  it('is given up when it loses each time', async () => {
    const { database, statements } = databaseThatFails(Array<string>(20).fill('ER_LOCK_DEADLOCK'));
    await expect(database.execute('UPDATE sessions SET generation = 2')).rejects.toThrow('lost');
    expect(statements()).toBe(8);
  });

  it.each(['ER_LOCK_WAIT_TIMEOUT', 'PROTOCOL_CONNECTION_LOST', 'ER_DUP_ENTRY'])(
    'is not run again after %s: it waited long enough, or may have been done',
    async (code) => {
      const { database, statements } = databaseThatFails([code]);
      await expect(database.execute('UPDATE sessions SET generation = 2')).rejects.toThrow('lost');
      expect(statements()).toBe(1);
    },
  );
});
