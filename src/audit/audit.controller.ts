import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../access/access.js';
import { Throws } from '../platform/http/throws.js';
import { InvalidCursor } from '../platform/http/problems.js';
import { AuditPage, AuditQuery } from './audit.dto.js';
import { AuditLog } from './audit-log.js';

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly auditLog: AuditLog) {}

  @Get()
  @RequirePermissions('audit:read')
  @ApiOperation({ summary: 'List audit events, newest first' })
  @ApiOkResponse({ type: AuditPage })
  @Throws(InvalidCursor)
  list(@Query() query: AuditQuery): Promise<AuditPage> {
    return this.auditLog.list(query);
  }
}
