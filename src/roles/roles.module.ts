import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';

/** Named sets of permissions. */
@Module({
  imports: [AuditModule, PrincipalsModule, RevocationModule, TokensModule],
  controllers: [RolesController],
  providers: [RolesService],
  exports: [RolesService],
})
export class RolesModule {}
