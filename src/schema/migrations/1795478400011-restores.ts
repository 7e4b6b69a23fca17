import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { addColumns, dropColumns } from '../../platform/database/tables.js';

/** How often the database was restored from a backup. */
export class Restores1795478400011 implements MigrationInterface {
  readonly name = 'Restores1795478400011';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await addColumns(queryRunner, 'revocation_head', [c.nullable(c.instant('epoch'))]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, 'revocation_head', ['epoch']);
  }
}
