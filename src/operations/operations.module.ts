import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { ServiceAccountsModule } from '../service-accounts/service-accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { StatusListsModule } from '../status-lists/status-lists.module.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { MetricsAccess } from './metrics/metrics-access.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsPage } from './metrics/metrics-page.js';
import { RestoreService } from './restore/restore.service.js';
import { StartupGuard } from './startup.guard.js';
import { PREPARE_SCHEMA, Startup } from './startup.js';
import type { PrepareSchema } from './startup.js';

/** What operators need: start-up and shutdown, health, metrics, documentation. */
@Module({})
export class OperationsModule {
  static with(prepareSchema: PrepareSchema): DynamicModule {
    return {
      module: OperationsModule,
      imports: [
        AuditModule,
        KeysModule,
        PrincipalsModule,
        RevocationModule,
        SessionsModule,
        ServiceAccountsModule,
        StatusListsModule,
        DiscoveryModule,
      ],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: PREPARE_SCHEMA, useValue: prepareSchema },
        Startup,
        StartupGuard,
        Readiness,
        RestoreService,
        MetricsAccess,
        MetricsPage,
      ],
      exports: [StartupGuard],
    };
  }
}
