import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Who has taken in which revocations. */
export class RevocationProgress1795478400012 implements MigrationInterface {
  readonly name = 'RevocationProgress1795478400012';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'revocation_readers', {
      columns: [c.textKey('id'), c.text('type', 16), c.text('name', 128), c.instant('seen_at')],
    });
    await createTable(queryRunner, 'revocation_readings', {
      columns: [
        c.textKey('id'),
        c.text('reader_id', 36),
        c.text('document', 16),
        c.bigInteger('revision'),
        c.instant('reached_at'),
      ],
      indices: [
        {
          name: 'ix_revocation_readings_revision',
          columnNames: ['reader_id', 'document', 'revision', 'reached_at'],
        },
        { name: 'ix_revocation_readings_expiry', columnNames: ['reached_at'] },
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['revocation_readings', 'revocation_readers']);
  }
}
