import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/settings.js';
import type { Settings } from '../../src/config/settings.js';
import type { AppDataSource } from '../../src/platform/database/data-source.js';
import { Database } from '../../src/platform/database/database.js';
import { createDataSource } from '../../src/schema/data-source.js';
import { createDatabase } from './databases.js';

/** A database without an application, for tests of the storage itself. */
export interface TestStorage {
  readonly database: Database;
  readonly dataSource: AppDataSource;
  /** Another data source on the same database, as another replica has; closed with the storage. */
  connect(): Promise<Database>;
  close(): Promise<void>;
}

/** An empty database, connected, with Signet's tables unless `migrate` is false. */
export async function openStorage({ migrate = true } = {}): Promise<TestStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-data-'));
  const created = await createDatabase();
  const settings = loadSettings({ NODE_ENV: 'test', DATA_DIR: folder, DATABASE_URL: created.url });
  const opened: AppDataSource[] = [];
  const connect = async () => new Database(await open(settings, opened));
  const close = async () => {
    for (const dataSource of opened) await dataSource.destroy();
    await created.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const database = await connect();
    const { dataSource } = database;
    if (migrate) await dataSource.runMigrations();
    return { database, dataSource, connect, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(settings: Settings, opened: AppDataSource[]): Promise<AppDataSource> {
  const dataSource = createDataSource(settings);
  await dataSource.initialize();
  opened.push(dataSource);
  return dataSource;
}
