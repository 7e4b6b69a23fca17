import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { ServiceAccountsModule } from '../service-accounts/service-accounts.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { ExplainController } from './explain/explain.controller.js';
import { ExplainService } from './explain/explain.service.js';
import { FactFinder } from './explain/fact-finder.js';
import { ResourceAdmission } from './explain/resource-admission.js';
import { RevocationHits } from './explain/revocation-hits.js';
import { RouteAdmission } from './explain/route-admission.js';
import { RouteTable } from './explain/route-table.js';
import { PreviewController } from './preview/preview.controller.js';
import { PreviewService } from './preview/preview.service.js';
import { PrincipalNames } from './principal-names.js';

/** Tokens, for administrators: explained when they are refused, previewed before they are issued. */
@Module({
  imports: [
    AccessModule,
    AuditModule,
    DiscoveryModule,
    KeysModule,
    PrincipalsModule,
    ResourcesModule,
    RevocationModule,
    ServiceAccountsModule,
    TokensModule,
  ],
  controllers: [ExplainController, PreviewController],
  providers: [
    ExplainService,
    FactFinder,
    PreviewService,
    PrincipalNames,
    ResourceAdmission,
    RevocationHits,
    RouteAdmission,
    RouteTable,
  ],
})
export class InspectionModule {}
