import { Readable } from 'node:stream';
import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';

/**
 * A database of either kind through its bare driver, for seeding.
 *
 * @typedef {{ dialect: 'sqlite' | 'mariadb', all: (sql: string, values?: unknown[]) => Promise<any[]>,
 *   load: (table: string, columns: string[], rows: Iterable<unknown[]>) => Promise<void>, close: () => Promise<void> }} Raw
 */

/** @param {string} url `sqlite:FILE` or `mariadb://...` @returns {Promise<Raw>} */
export function openRaw(url) {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openMariadb(url);
}

async function openSqlite(file) {
  const database = new Sqlite(file);
  // For seeding alone: Signet sets what it wants when it opens the file.
  for (const pragma of [
    'journal_mode = OFF',
    'synchronous = OFF',
    'cache_size = -1000000',
    'foreign_keys = OFF',
  ]) {
    database.pragma(pragma);
  }
  return {
    dialect: 'sqlite',
    all: async (sql, values = []) => {
      const statement = database.prepare(sql);
      return statement.reader ? statement.all(...values) : [statement.run(...values)];
    },
    load: async (table, columns, rows) => {
      const marks = columns.map(() => '?').join(', ');
      const insert = database.prepare(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`,
      );
      database.transaction(() => {
        for (const row of rows) insert.run(...row);
      })();
    },
    close: async () => void database.close(),
  };
}

async function openMariadb(url) {
  const { hostname: host, port, username: user, pathname } = new URL(url);
  const options = { host, port: Number(port), user, database: pathname.slice(1) };
  const connection = await mysql.createConnection({ ...options, charset: 'utf8mb4' });
  await connection.query('SET SESSION unique_checks = 0, SESSION foreign_key_checks = 0');
  return {
    dialect: 'mariadb',
    all: async (sql, values = []) => {
      const [rows] = await connection.query(sql, values);
      return Array.isArray(rows) ? rows : [rows];
    },
    load: async (table, columns, rows) => {
      await connection.query({
        sql: `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${table} CHARACTER SET utf8mb4 (${columns.join(', ')})`,
        infileStreamFactory: () => Readable.from(chunks(rows)),
      });
    },
    close: () => connection.end(),
  };
}

/** Tab-separated lines, many in one piece. No value of ours needs escaping. */
function* chunks(rows) {
  let lines = [];
  for (const row of rows) {
    lines.push(row.map((value) => (value === null ? String.raw`\N` : value)).join('\t'));
    if (lines.length < 1000) continue;
    yield Buffer.from(`${lines.join('\n')}\n`);
    lines = [];
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
}
