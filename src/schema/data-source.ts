import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.js';
import { AppDataSource } from '../platform/database/data-source.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';

/** Of a statement and of a transaction. Longer than a lock is waited for; past it, the caller gets a 503. */
const STATEMENT_TIMEOUT_MS = 4000;

/** The data source of Signet's own tables, not yet connected. */
export function createDataSource(settings: Settings): AppDataSource {
  return create(settings, settings.databasePoolSize, STATEMENT_TIMEOUT_MS);
}

/**
 * A connection of its own for what must not queue behind requests: learning of revocations. Undefined
 * on SQLite, which has one connection for all.
 */
export function createWatchSource(settings: Settings): AppDataSource | undefined {
  if (settings.database.type === 'sqlite') return undefined;
  return create(settings, 1, settings.revocationMaxStaleness / 2);
}

function create(settings: Settings, poolSize: number, statementTimeout: number): AppDataSource {
  const { database: address } = settings;
  if (address.type === 'sqlite') mkdirSync(dirname(address.file), { recursive: true, mode: 0o700 });
  return new AppDataSource({ address, poolSize, statementTimeout, entities, migrations });
}
