import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Table: principal_claims. */
export class UserClaims1795478400009 implements MigrationInterface {
  readonly name = 'UserClaims1795478400009';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'principal_claims', {
      columns: [
        c.textKey('principal_id'),
        c.longText('claims'),
        c.integer('version'),
        c.instant('updated_at'),
      ],
      foreignKeys: [
        {
          name: 'fk_principal_claims_principal',
          column: 'principal_id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['principal_claims']);
  }
}
