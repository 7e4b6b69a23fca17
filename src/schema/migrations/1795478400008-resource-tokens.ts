import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { addColumns, dropColumns } from '../../platform/database/tables.js';

/** What a resource says of its tokens: lifetime, encryption key, claims. */
export class ResourceTokens1795478400008 implements MigrationInterface {
  readonly name = 'ResourceTokens1795478400008';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await addColumns(queryRunner, 'resources', [
      c.nullable(c.integer('token_ttl')),
      c.nullable(c.longText('encryption_key')),
      c.nullable(c.longText('claims')),
    ]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, 'resources', ['token_ttl', 'encryption_key', 'claims']);
  }
}
