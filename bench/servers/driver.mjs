import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';

/**
 * The bare driver with statements that are prepared once, and the settings with which Signet runs it.
 * `DATABASE_URL` says where.
 */
export async function openDriver() {
  const url = process.env.DATABASE_URL;
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openMariadb(url);
}

function openSqlite(file) {
  const database = new Sqlite(file);
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 3000'])
    database.pragma(pragma);
  return {
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return async (values) => statement.all(...values);
    },
    prepareWrite: (sql) => {
      const statement = database.prepare(sql);
      return async (values) => statement.run(...values).changes;
    },
  };
}

async function openMariadb(url) {
  const { hostname: host, port, username: user, pathname } = new URL(url);
  const pool = mysql.createPool({
    host,
    port: Number(port),
    user,
    database: pathname.slice(1),
    connectionLimit: 10,
    charset: 'utf8mb4',
  });
  await pool.query('SELECT 1');
  return {
    prepare: (sql) => async (values) => (await pool.execute(sql, values))[0],
    prepareWrite: (sql) => async (values) => (await pool.execute(sql, values))[0].affectedRows,
  };
}
