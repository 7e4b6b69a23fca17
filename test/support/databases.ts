import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';

/** The database that this run of the tests is about; jest.config.js runs every suite once for each. */
export const dialect: 'sqlite' | 'mariadb' =
  (globalThis as { signetDialect?: 'sqlite' | 'mariadb' }).signetDialect ?? 'sqlite';

/**
 * Whether the server is a cluster, and each connection at another node (`npm run test:galera`): who loses against
 * whom is decided at commit then, and what is created takes a moment to be everywhere.
 */
export const clustered = process.env['TEST_DATABASE_CLUSTER'] === 'on';
const EVERYWHERE_AFTER_MS = 500;

export interface TestDatabase {
  /** For `DATABASE_URL`. */
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database of its own for one test file. */
export async function createDatabase(): Promise<TestDatabase> {
  return dialect === 'sqlite' ? createSqlite() : createMariadb();
}

function createSqlite(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'signet-test-'));
  return {
    url: `sqlite:${join(folder, 'signet.db')}`,
    drop: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

async function createMariadb(): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) {
    throw new Error(
      'TEST_DATABASE_URL is not set. Run the tests with `npm test`, which starts a server.',
    );
  }
  const url = new URL(server);
  const name = `signet_test_${randomBytes(6).toString('hex')}`;
  const connection = await mysql.createConnection({
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  });
  await connection.query(`CREATE DATABASE ${name}`);
  if (clustered) await sleep(EVERYWHERE_AFTER_MS);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await connection.query(`DROP DATABASE ${name}`);
      await connection.end();
    },
  };
}
