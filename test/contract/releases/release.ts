import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../../src/config/settings.js';
import { AppDataSource } from '../../../src/platform/database/data-source.js';
import { Database } from '../../../src/platform/database/database.js';
import { migrations } from '../../../src/schema/migrations/index.js';

/** A row of a table, as the database driver gives and takes it. */
export type Row = Readonly<Record<string, string | number | null>>;

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What was known outside of the database when it was copied. */
interface Outside {
  readonly takenAt: string;
  readonly keyEncryptionKey: string;
  readonly live: Session;
  readonly signedOut: Session;
  /** Only its access token is revoked, by its `jti`. */
  readonly revoked: Session;
}

/** Smaller numbers count; larger ones are milliseconds since the epoch. */
const INSTANTS_FROM = Date.parse('2020-01-01');

/**
 * A database that an earlier release wrote: `VERSION.jsonl` has the rows, `VERSION.json` the secrets and
 * tokens that go with them. Both come from that release's own code, run and used by its API; nothing of
 * them is made by the code that is tested.
 */
export class Release {
  readonly outside: Outside;
  readonly rows: readonly { readonly table: string; readonly row: Row }[];
  /** By how much all its instants are moved, so that it was copied just now. */
  readonly age: number;

  /** @param newest the class of the last migration that it had. */
  constructor(
    version: string,
    private readonly newest: string,
  ) {
    const read = (ending: string) =>
      readFileSync(join(import.meta.dirname, `${version}.${ending}`), 'utf8');
    this.outside = JSON.parse(read('json')) as Outside; // checked in, beside this file
    this.age = Date.now() - Date.parse(this.outside.takenAt);
    this.rows = read('jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { table, row } = JSON.parse(line) as { table: string; row: Row };
        return { table, row: this.moved(row) };
      });
  }

  get tables(): readonly string[] {
    return [...new Set(this.rows.map(({ table }) => table))];
  }

  /** Makes that release's schema in an empty database, and puts its rows in. */
  async restore(databaseUrl: string): Promise<void> {
    const { database: address } = loadSettings({ NODE_ENV: 'test', DATABASE_URL: databaseUrl });
    const names = migrations.map(({ name }) => name);
    const dataSource = new AppDataSource({
      address,
      poolSize: 2,
      statementTimeout: 5000,
      entities: [],
      migrations: migrations.slice(0, names.indexOf(this.newest) + 1),
    });
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
      const database = new Database(dataSource);
      for (const { table, row } of this.rows) {
        const columns = Object.keys(row);
        await database.execute(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
          Object.values(row),
        );
      }
    } finally {
      await dataSource.destroy();
    }
  }

  private moved(row: Row): Row {
    const move = (value: string | number | null) =>
      typeof value === 'number' && value > INSTANTS_FROM ? value + this.age : value;
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, move(value)]));
  }
}
