import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import {
  addColumns,
  createTable,
  dropColumns,
  dropTables,
} from '../../platform/database/tables.js';

const TABLES = ['sessions', 'service_credentials', 'revoked_tokens'];

/**
 * Where sessions and credentials stand in the status lists. Those that are there get their index when they
 * are next used: to give it to all of them here would keep replicas of the version before waiting.
 */
export class StatusLists1795478400010 implements MigrationInterface {
  readonly name = 'StatusLists1795478400010';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'status_index_head', {
      columns: [c.numberKey('id'), c.bigInteger('next_index')],
    });
    for (const table of TABLES)
      await addColumns(queryRunner, table, [c.nullable(c.bigInteger('status_index'))]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await dropColumns(queryRunner, table, ['status_index']);
    await dropTables(queryRunner, ['status_index_head']);
  }
}
