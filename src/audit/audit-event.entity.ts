import { Entity, Index } from 'typeorm';
import { Instant, Json, Text, TextKey } from '../platform/database/columns.js';

/** Something security-relevant that happened. Rows are only ever added. */
@Entity('audit_events')
@Index('ix_audit_events_time', ['occurredAt', 'id'])
@Index('ix_audit_events_actor', ['actorId', 'occurredAt', 'id'])
@Index('ix_audit_events_target', ['targetId', 'occurredAt', 'id'])
export class AuditEvent {
  @TextKey() readonly id!: string;
  @Instant() readonly occurredAt!: number;
  /** What happened, e.g. `user.disabled`. */
  @Text(64) readonly action!: string;
  /** Who did it; null when nobody had signed in. */
  @Text(36, { nullable: true }) readonly actorId!: string | null;
  /** The session it was done in. */
  @Text(36, { nullable: true }) readonly sessionId!: string | null;
  /** What it was done to. */
  @Text(36, { nullable: true }) readonly targetType!: string | null;
  @Text(128, { nullable: true }) readonly targetId!: string | null;
  @Text(64) readonly ip!: string;
  @Text(255) readonly userAgent!: string;
  @Text(64) readonly requestId!: string;
  /** What else is worth knowing; never secrets. */
  @Json({ nullable: true }) readonly detail!: object | null;
}
