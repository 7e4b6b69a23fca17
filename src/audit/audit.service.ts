import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { AuditEvent } from './audit-event.entity.js';
import type { AuditAction } from './audit-actions.js';

export interface AuditEntry {
  readonly action: AuditAction;
  readonly target?: { readonly type: string; readonly id: string };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes audit events, in the transaction of the act: an act that cannot be recorded does not happen. */
@Injectable()
export class AuditService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async record(actor: Actor, { action, target, detail }: AuditEntry): Promise<void> {
    const { ip, userAgent, requestId } = actor.origin;
    await this.database.repository(AuditEvent).insert({
      id: randomUUID(),
      occurredAt: this.clock.now(),
      action,
      actorId: actor.principal?.id ?? null,
      sessionId: actor.principal?.sessionId ?? null,
      targetType: target?.type ?? null,
      targetId: target?.id ?? null,
      ip,
      userAgent,
      requestId,
      detail: detail ?? null,
    });
  }
}
