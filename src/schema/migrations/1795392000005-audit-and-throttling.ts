import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationColumns } from '../../platform/database/columns.js';
import { createTable, dropTables } from '../../platform/database/tables.js';

/** Tables: audit_events, throttle_counters, installation. */
export class AuditAndThrottling1795392000005 implements MigrationInterface {
  readonly name = 'AuditAndThrottling1795392000005';

  async up(queryRunner: QueryRunner): Promise<void> {
    const c = migrationColumns(queryRunner);
    await createTable(queryRunner, 'audit_events', {
      columns: [
        c.textKey('id'),
        c.instant('occurred_at'),
        c.text('action', 64),
        c.nullable(c.text('actor_id', 36)),
        c.nullable(c.text('session_id', 36)),
        c.nullable(c.text('target_type', 36)),
        c.nullable(c.text('target_id', 128)),
        c.text('ip', 64),
        c.text('user_agent', 255),
        c.text('request_id', 64),
        c.nullable(c.longText('detail')),
      ],
      indices: [
        { name: 'ix_audit_events_time', columnNames: ['occurred_at', 'id'] },
        { name: 'ix_audit_events_actor', columnNames: ['actor_id', 'occurred_at', 'id'] },
        { name: 'ix_audit_events_target', columnNames: ['target_id', 'occurred_at', 'id'] },
      ],
    });
    await createTable(queryRunner, 'throttle_counters', {
      columns: [c.textKey('id', 128), c.integer('points'), c.instant('expires_at')],
      indices: [{ name: 'ix_throttle_counters_expiry', columnNames: ['expires_at'] }],
    });
    await createTable(queryRunner, 'installation', {
      columns: [
        c.numberKey('id'),
        c.nullable(c.instant('setup_completed_at')),
        c.instant('created_at'),
      ],
    });
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropTables(queryRunner, ['installation', 'throttle_counters', 'audit_events']);
  }
}
