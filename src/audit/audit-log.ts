import { Injectable } from '@nestjs/common';
import { In, MoreThanOrEqual } from 'typeorm';
import { Database } from '../platform/database/database.js';
import { behind } from '../platform/database/dialect.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditEventView } from './audit.dto.js';
import type { AuditPage, AuditQuery } from './audit.dto.js';

/** Reads the audit log. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** What was done to any of these since then, the latest first. */
  async about(
    targetIds: readonly string[],
    since: number,
    limit: number,
  ): Promise<readonly AuditEventView[]> {
    const events = await this.database.repository(AuditEvent).find({
      where: { targetId: In([...targetIds]), occurredAt: MoreThanOrEqual(since) },
      order: { occurredAt: 'DESC', id: 'DESC' },
      take: limit,
    });
    return events.map((event) => AuditEventView.of(event));
  }

  async list(query: AuditQuery): Promise<AuditPage> {
    const { limit = PAGE_DEFAULT, cursor, action, actorId, targetId, since } = query;
    const select = this.database
      .repository(AuditEvent)
      .createQueryBuilder('e')
      .orderBy('e.occurredAt', 'DESC')
      .addOrderBy('e.id', 'DESC')
      .take(limit + 1);
    if (action !== undefined) select.andWhere('e.action = :action', { action });
    if (actorId !== undefined) select.andWhere('e.actorId = :actorId', { actorId });
    if (targetId !== undefined) select.andWhere('e.targetId = :targetId', { targetId });
    if (since !== undefined)
      select.andWhere('e.occurredAt >= :since', { since: Date.parse(since) });
    if (cursor !== undefined) {
      const { at, id } = decodeCursor('audit', cursor);
      select.andWhere(behind('e.occurredAt', 'e.id', { at: ':at', id: ':id' }), { at, id });
    }
    return toPage(
      'audit',
      await select.getMany(),
      limit,
      (event) => ({ at: event.occurredAt, id: event.id }),
      (event) => AuditEventView.of(event),
    );
  }
}
