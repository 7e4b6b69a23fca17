import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.js';
import { AppDataSource } from '../platform/database/data-source.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';

/** The data source of Signet's own tables, not yet connected. */
export function createDataSource(settings: Settings): AppDataSource {
  const { database: address, databasePoolSize: poolSize } = settings;
  if (address.type === 'sqlite') mkdirSync(dirname(address.file), { recursive: true, mode: 0o700 });
  return new AppDataSource({ address, poolSize, entities, migrations });
}
