import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: users, sessions. */
export class UsersAndSessions1795392000002 implements MigrationInterface {
  readonly name = 'UsersAndSessions1795392000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'users', {
      columns: [
        c.textKey('id'),
        c.text('email', 254),
        c.text('username', 64),
        c.text('display_name', 128),
        c.text('password_hash', 255),
        c.instant('password_changed_at'),
        c.text('search_text', 512),
        c.integer('version'),
        c.instant('created_at'),
        c.instant('updated_at'),
      ],
      indices: [
        { name: 'uq_users_email', columnNames: ['email'], isUnique: true },
        { name: 'uq_users_username', columnNames: ['username'], isUnique: true },
        { name: 'ix_users_created', columnNames: ['created_at', 'id'] },
      ],
      foreignKeys: [
        {
          name: 'fk_users_principal',
          column: 'id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
      ],
    });
    await createTable(queryRunner, 'sessions', {
      columns: [
        c.textKey('id'),
        c.text('principal_id', 36),
        c.integer('generation'),
        c.text('secret_salt', 32),
        c.instant('created_at'),
        c.instant('rotated_at'),
        c.instant('idle_expires_at'),
        c.instant('absolute_expires_at'),
        c.instant('auth_time'),
        c.text('amr', 64),
        c.text('user_agent', 255),
        c.text('ip', 64),
        c.nullable(c.instant('ended_at')),
        c.nullable(c.text('end_reason', 32)),
      ],
      indices: [
        { name: 'ix_sessions_principal', columnNames: ['principal_id', 'idle_expires_at'] },
        { name: 'ix_sessions_expiry', columnNames: ['idle_expires_at'] },
      ],
      foreignKeys: [
        {
          name: 'fk_sessions_principal',
          column: 'principal_id',
          references: 'principals',
          key: 'id',
          onDelete: 'CASCADE',
        },
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['sessions', 'users']);
  }
}
