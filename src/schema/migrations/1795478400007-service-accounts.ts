import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: service_accounts, service_credentials, client_assertions. */
export class ServiceAccounts1795478400007 implements MigrationInterface {
  readonly name = 'ServiceAccounts1795478400007';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'service_accounts', {
      columns: [
        c.textKey('id'),
        c.text('name', 64),
        c.text('description', 255),
        c.nullable(c.text('owner_id', 36)),
        c.text('search_text', 512),
        c.integer('version'),
        c.instant('created_at'),
        c.instant('updated_at'),
      ],
      indices: [
        { name: 'uq_service_accounts_name', columnNames: ['name'], isUnique: true },
        { name: 'ix_service_accounts_created', columnNames: ['created_at', 'id'] },
        { name: 'ix_service_accounts_owner', columnNames: ['owner_id', 'created_at', 'id'] },
      ],
      foreignKeys: [
        {
          name: 'fk_service_accounts_principal',
          column: 'id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
        {
          name: 'fk_service_accounts_owner',
          column: 'owner_id',
          references: 'principals',
          key: 'id',
          onDelete: 'SET NULL',
        },
      ],
    });
    await createTable(queryRunner, 'service_credentials', {
      columns: [
        c.textKey('id'),
        c.text('service_account_id', 36),
        c.text('type', 16),
        c.nullable(c.text('secret_hash', 64)),
        c.nullable(c.longText('jwks')),
        c.nullable(c.text('jwks_uri', 512)),
        c.text('label', 64),
        c.nullable(c.text('created_by', 36)),
        c.instant('created_at'),
        c.nullable(c.instant('expires_at')),
        c.nullable(c.instant('last_used_at')),
      ],
      indices: [
        { name: 'uq_service_credentials_secret', columnNames: ['secret_hash'], isUnique: true },
        {
          name: 'ix_service_credentials_account',
          columnNames: ['service_account_id', 'created_at', 'id'],
        },
        { name: 'ix_service_credentials_expiry', columnNames: ['expires_at'] },
      ],
      foreignKeys: [
        {
          name: 'fk_service_credentials_account',
          column: 'service_account_id',
          references: 'service_accounts',
          key: 'id',
          onDelete: 'CASCADE',
        },
      ],
    });
    await createTable(queryRunner, 'client_assertions', {
      columns: [c.textKey('id', 43), c.instant('expires_at')],
      indices: [{ name: 'ix_client_assertions_expiry', columnNames: ['expires_at'] }],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['client_assertions', 'service_credentials', 'service_accounts']);
  }
}
