import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';

/** Named sets of permissions. */
@Module({
  imports: [AuditModule, PrincipalsModule],
  controllers: [RolesController],
  providers: [RolesService],
  exports: [RolesService],
})
export class RolesModule {}
