import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: resources, resource_labels, resource_grants. */
export class Resources1795392000004 implements MigrationInterface {
  readonly name = 'Resources1795392000004';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'resources', {
      columns: [
        c.textKey('id'),
        c.text('identifier', 255),
        c.text('name', 128),
        c.text('description', 1024),
        c.nullable(c.text('owner_id', 36)),
        c.longText('actions'),
        c.text('search_text', 1536),
        c.integer('version'),
        c.instant('created_at'),
        c.instant('updated_at'),
      ],
      indices: [
        { name: 'uq_resources_identifier', columnNames: ['identifier'], isUnique: true },
        { name: 'ix_resources_created', columnNames: ['created_at', 'id'] },
        { name: 'ix_resources_owner', columnNames: ['owner_id', 'created_at', 'id'] },
      ],
      foreignKeys: [
        {
          name: 'fk_resources_owner',
          column: 'owner_id',
          references: 'principals',
          key: 'id',
          onDelete: 'SET NULL',
        },
      ],
    });
    await createTable(queryRunner, 'resource_labels', {
      columns: [c.textKey('resource_id'), c.textKey('name', 64), c.text('value', 128)],
      indices: [
        { name: 'ix_resource_labels_value', columnNames: ['name', 'value', 'resource_id'] },
      ],
      foreignKeys: [
        {
          name: 'fk_resource_labels_resource',
          column: 'resource_id',
          references: 'resources',
          key: 'id',
          onDelete: 'CASCADE',
        },
      ],
    });
    await createTable(queryRunner, 'resource_grants', {
      columns: [
        c.textKey('id'),
        c.text('resource_id', 36),
        c.nullable(c.text('principal_id', 36)),
        c.nullable(c.text('role_name', 48)),
        c.longText('actions'),
        c.nullable(c.instant('ends_at')),
        c.nullable(c.text('created_by', 36)),
        c.instant('created_at'),
      ],
      indices: [
        { name: 'ix_resource_grants_resource', columnNames: ['resource_id', 'created_at', 'id'] },
        { name: 'ix_resource_grants_principal', columnNames: ['principal_id'] },
        { name: 'ix_resource_grants_role', columnNames: ['role_name'] },
      ],
      foreignKeys: [
        {
          name: 'fk_resource_grants_resource',
          column: 'resource_id',
          references: 'resources',
          key: 'id',
          onDelete: 'CASCADE',
        },
        {
          name: 'fk_resource_grants_principal',
          column: 'principal_id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
        {
          name: 'fk_resource_grants_role',
          column: 'role_name',
          references: 'roles',
          key: 'name',
          onDelete: 'CASCADE',
        },
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['resource_grants', 'resource_labels', 'resources']);
  }
}
