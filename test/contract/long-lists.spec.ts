import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/platform/database/database.js';
import { behind } from '../../src/platform/database/dialect.js';
import { openStorage } from '../support/database.js';
import type { TestStorage } from '../support/database.js';
import { dialect } from '../support/databases.js';

const ROWS = 3000;
/** Rows of one moment, so that the ids decide. */
const A_MOMENT = 7;

const id = (i: number) => `id-${String(i).padStart(6, '0')}`;
const at = (i: number) => Math.floor(i / A_MOMENT);

describe(`a long list on ${dialect}`, () => {
  let storage: TestStorage;
  let database: Database;
  beforeAll(async () => {
    storage = await openStorage();
    ({ database } = storage);
    await database.execute(
      'CREATE TABLE long_list (id VARCHAR(36) PRIMARY KEY, created_at BIGINT NOT NULL)',
    );
    await database.execute('CREATE INDEX ix_long_list ON long_list (created_at, id)');
    for (let start = 0; start < ROWS; start += 500) {
      const rows = Array.from({ length: 500 }, (_, i) => [id(start + i), at(start + i)]);
      const places = rows.map(() => '(?, ?)').join(', ');
      await database.execute(`INSERT INTO long_list VALUES ${places}`, rows.flat());
    }
    await database.select(dialect === 'sqlite' ? 'ANALYZE' : 'ANALYZE TABLE long_list');
  });
  afterAll(() => storage.close());

  const PAGE = `SELECT id AS id FROM long_list WHERE ${behind('created_at', 'id')}
    ORDER BY created_at DESC, id DESC LIMIT 50`;
  const position = (i: number) => [at(i), at(i), id(i)];

  it('goes on right behind each position, also among rows of one moment', async () => {
    for (const from of [ROWS - 1, 2000, 1999, 1998, 1000, 49, 7, 6, 1, 0]) {
      const rows = await database.select<{ id: string }>(PAGE, position(from));
      const expected = Array.from({ length: Math.min(50, from) }, (_, i) => id(from - 1 - i));
      expect(rows.map((row) => row.id)).toEqual(expected);
    }
  });

  it('is read from the position on, not from its start', async () => {
    const prefix = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const plan = JSON.stringify(await database.select(`${prefix} ${PAGE}`, position(1000)));
    expect(plan).toMatch(
      dialect === 'sqlite'
        ? /SEARCH long_list USING .*INDEX ix_long_list \(created_at<\?\)/
        : /"type":"range".*"key":"ix_long_list"/,
    );
    expect(plan).not.toMatch(/TEMP B-TREE|filesort/);
  });
});
