import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { addColumns, dropColumns } from '../../platform/database/tables.js';

const TABLES = ['principals', 'roles', 'users', 'service_accounts', 'resources'];

/** What a lock of a row changes, so that two nodes of a cluster notice that both have it. */
export class RowLocks1795478400013 implements MigrationInterface {
  readonly name = 'RowLocks1795478400013';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    for (const table of TABLES)
      await addColumns(queryRunner, table, [c.nullable(c.bigInteger('lock_count'))]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await dropColumns(queryRunner, table, ['lock_count']);
  }
}
