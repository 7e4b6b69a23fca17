import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { CheckController } from './check.controller.js';
import { CheckService } from './check.service.js';
import { ConsumerConfigController } from './consumer-config/consumer-config.controller.js';
import { ConsumerConfigService } from './consumer-config/consumer-config.service.js';
import { GrantsController } from './grants.controller.js';
import { GrantsRepository } from './grants.repository.js';
import { GrantsService } from './grants.service.js';
import { ResourceJwksController } from './resource-jwks.controller.js';
import { ResourceAccessService } from './resource-access.service.js';
import { ResourcesController } from './resources.controller.js';
import { ResourcesRepository } from './resources.repository.js';
import { ResourcesService } from './resources.service.js';

/** The registry of what teams protect, the grants on it, and the decision who may do what. */
@Module({
  imports: [AuditModule, KeysModule, PrincipalsModule, RevocationModule],
  controllers: [
    ResourcesController,
    ResourceJwksController,
    ConsumerConfigController,
    GrantsController,
    CheckController,
  ],
  providers: [
    ResourcesRepository,
    ResourcesService,
    GrantsRepository,
    GrantsService,
    CheckService,
    ResourceAccessService,
    ConsumerConfigService,
  ],
  exports: [CheckService, ResourceAccessService],
})
export class ResourcesModule {}
