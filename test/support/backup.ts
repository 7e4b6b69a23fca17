import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import { dialect } from './databases.js';
import type { TestDatabase } from './databases.js';

type Row = Readonly<Record<string, unknown>>;

/** All rows of a database at one moment. */
export type Backup = ReadonlyMap<string, readonly Row[]>;

/** The rows of every table, apart from the record of migrations. */
export async function takeBackup(database: TestDatabase): Promise<Backup> {
  return withDatabase(database, async (db) => {
    const backup = new Map<string, readonly Row[]>();
    for (const table of await db.tables()) backup.set(table, await db.select(table));
    return backup;
  });
}

/** Makes every table what it was, as one transaction, whoever uses the database meanwhile. */
export async function restoreBackup(database: TestDatabase, backup: Backup): Promise<void> {
  await withDatabase(database, (db) =>
    db.replace(
      [...backup].flatMap(([table, rows]) => [
        { sql: `DELETE FROM ${table}`, values: [] },
        ...rows.map((row) => ({
          sql: `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
            .map(() => '?')
            .join(', ')})`,
          values: Object.values(row),
        })),
      ]),
    ),
  );
}

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

interface Tables {
  tables(): Promise<readonly string[]>;
  select(table: string): Promise<readonly Row[]>;
  replace(statements: readonly Statement[]): Promise<void>;
}

async function withDatabase<T>(
  { url }: TestDatabase,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  if (dialect === 'sqlite') {
    const db = new Sqlite(url.slice('sqlite:'.length));
    try {
      return await work(sqliteTables(db));
    } finally {
      db.close();
    }
  }
  const pool = mysql.createPool({
    uri: url.replace('mariadb:', 'mysql:'),
    supportBigNumbers: true,
  });
  try {
    return await work(mariadbTables(pool));
  } finally {
    await pool.end();
  }
}

function sqliteTables(db: Sqlite.Database): Tables {
  return {
    tables: () =>
      Promise.resolve(
        db
          .prepare(
            `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'`,
          )
          .pluck()
          .all() as string[],
      ),
    select: (table) => Promise.resolve(db.prepare(`SELECT * FROM ${table}`).all() as Row[]),
    replace: (statements) => {
      db.transaction(() => {
        db.pragma('defer_foreign_keys = ON');
        for (const { sql, values } of statements) db.prepare(sql).run(...values);
      }).immediate();
      return Promise.resolve();
    },
  };
}

function mariadbTables(pool: Pool): Tables {
  return {
    tables: async () => {
      const [rows] = await pool.query<RowDataPacket[]>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> 'migrations'`,
      );
      return rows.map(({ name }) => String(name));
    },
    select: async (table) => (await pool.query<RowDataPacket[]>(`SELECT * FROM ${table}`))[0],
    replace: async (statements) => {
      const connection = await pool.getConnection();
      try {
        await connection.query('SET FOREIGN_KEY_CHECKS = 0');
        await connection.beginTransaction();
        for (const { sql, values } of statements) await connection.query(sql, [...values]);
        await connection.commit();
      } finally {
        connection.destroy();
      }
    },
  };
}
