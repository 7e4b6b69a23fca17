import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.js';
import { AuditService } from './audit.service.js';

/** The record of every security-relevant act. */
@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditLog],
  exports: [AuditLog, AuditService],
})
export class AuditModule {}
