import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { addColumns, dropColumns } from '../../platform/database/tables.js';

const MOMENTS = ['activated_at', 'retired_at', 'removed_at', 'compromised_at'];

/** The moments of a signing key's life, and what tells replicas of a change. */
export class KeyStates1795478400006 implements MigrationInterface {
  readonly name = 'KeyStates1795478400006';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await addColumns(
      queryRunner,
      'signing_keys',
      MOMENTS.map((name) => c.nullable(c.instant(name))),
    );
    await addColumns(queryRunner, 'revocation_head', [c.nullable(c.instant('keys_version'))]);
    // The one key of before signs since it was made.
    await queryRunner.query(
      `UPDATE signing_keys SET activated_at = created_at WHERE active_slot = 'active' AND activated_at IS NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropColumns(queryRunner, 'revocation_head', ['keys_version']);
    await dropColumns(queryRunner, 'signing_keys', MOMENTS);
  }
}
