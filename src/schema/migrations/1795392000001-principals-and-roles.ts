import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: principals, roles, principal_roles. */
export class PrincipalsAndRoles1795392000001 implements MigrationInterface {
  readonly name = 'PrincipalsAndRoles1795392000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'principals', {
      columns: [
        c.textKey('id'),
        c.text('type', 16),
        c.text('status', 16),
        c.integer('token_version'),
        c.instant('created_at'),
      ],
    });
    await createTable(queryRunner, 'roles', {
      columns: [
        c.textKey('name', 48),
        c.text('description', 255),
        c.longText('permissions'),
        c.integer('version'),
        c.instant('created_at'),
        c.instant('updated_at'),
      ],
    });
    await createTable(queryRunner, 'principal_roles', {
      columns: [c.textKey('principal_id'), c.textKey('role_name', 48)],
      indices: [{ name: 'ix_principal_roles_role', columnNames: ['role_name'] }],
      foreignKeys: [
        {
          name: 'fk_principal_roles_principal',
          column: 'principal_id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
        {
          name: 'fk_principal_roles_role',
          column: 'role_name',
          references: 'roles',
          key: 'name',
          onDelete: 'CASCADE',
        },
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['principal_roles', 'roles', 'principals']);
  }
}
