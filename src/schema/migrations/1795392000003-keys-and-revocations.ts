import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: signing_keys, sealed_secrets, revocation_head, revoked_tokens. */
export class KeysAndRevocations1795392000003 implements MigrationInterface {
  readonly name = 'KeysAndRevocations1795392000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'signing_keys', {
      columns: [
        c.textKey('kid', 64),
        c.text('algorithm', 16),
        c.longText('public_jwk'),
        c.longText('sealed_private_key'),
        c.nullable(c.text('active_slot', 8)),
        c.instant('created_at'),
      ],
      indices: [{ name: 'uq_signing_keys_active', columnNames: ['active_slot'], isUnique: true }],
    });
    await createTable(queryRunner, 'sealed_secrets', {
      columns: [c.textKey('name', 64), c.longText('sealed'), c.instant('created_at')],
    });
    await createTable(queryRunner, 'revocation_head', {
      columns: [c.numberKey('id'), c.instant('revision')],
    });
    await createTable(queryRunner, 'revoked_tokens', {
      columns: [
        c.numberKey('revision'),
        c.text('kind', 16),
        c.text('subject', 64),
        c.nullable(c.integer('min_version')),
        c.instant('expires_at'),
        c.text('reason', 32),
        c.nullable(c.text('revoked_by', 36)),
        c.instant('created_at'),
      ],
      indices: [{ name: 'ix_revoked_tokens_expiry', columnNames: ['expires_at'] }],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, [
      'revoked_tokens',
      'revocation_head',
      'sealed_secrets',
      'signing_keys',
    ]);
  }
}
