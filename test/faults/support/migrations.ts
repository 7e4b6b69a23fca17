import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { World } from './world.js';

const ROOT = join(import.meta.dirname, '../../..');

/** Brings the schema to that of the version before, as an operator would: by TypeORM's command line. */
export async function revertLastMigration(world: World): Promise<void> {
  const cli = join(ROOT, 'node_modules/typeorm/cli.js');
  const dataSource = join(ROOT, 'dist/ormconfig.js');
  await promisify(execFile)(process.execPath, [cli, 'migration:revert', '-d', dataSource], {
    env: { PATH: process.env['PATH'] ?? '', ...world.environment },
  });
}
