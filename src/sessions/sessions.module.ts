import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { StatusListsModule } from '../status-lists/status-lists.module.js';
import { RefreshService } from './refresh.service.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Sign-ins on devices, and the refresh tokens that keep them alive. */
@Module({
  imports: [AuditModule, KeysModule, PrincipalsModule, RevocationModule, StatusListsModule],
  providers: [SessionsRepository, SessionsService, RefreshService],
  exports: [SessionsRepository, SessionsService, RefreshService],
})
export class SessionsModule {}
