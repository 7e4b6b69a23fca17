import { ChoiceField, InstantField, TextField, UuidField } from '../platform/http/fields.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { ApiProperty } from '@nestjs/swagger';
import { AUDIT_ACTIONS } from './audit-actions.js';
import type { AuditEvent } from './audit-event.entity.js';

/** An audit event as the API shows it. */
export class AuditEventView {
  @UuidField({ description: 'Id of the event.' })
  readonly id!: string;

  @InstantField({ description: 'When it happened.' })
  readonly occurredAt!: string;

  @ChoiceField({ description: 'What happened.', choices: AUDIT_ACTIONS, example: 'user.disabled' })
  readonly action!: string;

  @UuidField({ description: 'Who did it; null when nobody had signed in.', nullable: true })
  readonly actorId!: string | null;

  @UuidField({ description: 'The session in which it was done.', nullable: true })
  readonly sessionId!: string | null;

  @TextField({
    description: 'Kind of thing it was done to.',
    max: 36,
    nullable: true,
    example: 'user',
  })
  readonly targetType!: string | null;

  @TextField({ description: 'Id of that thing.', max: 128, nullable: true })
  readonly targetId!: string | null;

  @TextField({
    description: 'Address that the request came from.',
    max: 64,
    min: 0,
    example: '127.0.0.1',
  })
  readonly ip!: string;

  @TextField({ description: '`User-Agent` of the request.', max: 255, min: 0, example: 'curl/8' })
  readonly userAgent!: string;

  @TextField({ description: 'Finds the request in the logs.', max: 64 })
  readonly requestId!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'What else is worth knowing.',
  })
  readonly detail!: object | null;

  static of(event: AuditEvent): AuditEventView {
    return { ...event, occurredAt: new Date(event.occurredAt).toISOString() };
  }
}

export class AuditPage extends pageOf(AuditEventView) {}

/** What the audit log can be narrowed to. */
export class AuditQuery extends PageQuery {
  @ChoiceField({ description: 'Only this action.', choices: AUDIT_ACTIONS, optional: true })
  readonly action?: string;

  @UuidField({ description: 'Only what this principal did.', optional: true })
  readonly actorId?: string;

  @TextField({ description: 'Only what was done to this.', max: 128, optional: true })
  readonly targetId?: string;

  @InstantField({ description: 'Only what happened at this moment or later.', optional: true })
  readonly since?: string;
}
