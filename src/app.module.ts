import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Logger } from 'pino';
import { AccessGuard } from './access/access.guard.js';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { AuthenticationGuard } from './auth/authentication.guard.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { InspectionModule } from './inspection/inspection.module.js';
import { KeysModule } from './keys/keys.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { StartupGuard } from './operations/startup.guard.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { strictValidation } from './platform/http/validation.js';
import { LOGGER } from './platform/logger.js';
import { PlatformModule } from './platform/platform.module.js';
import type { PlatformParts } from './platform/platform.module.js';
import { ResourcesModule } from './resources/resources.module.js';
import { RolesModule } from './roles/roles.module.js';
import { prepareSchema } from './schema/prepare-schema.js';
import { ServiceAccountsModule } from './service-accounts/service-accounts.module.js';
import { SetupModule } from './setup/setup.module.js';
import { UsersModule } from './users/users.module.js';

/** The composition of the application. */
@Module({})
export class AppModule {
  static with(settings: Settings, parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(settings),
        PlatformModule.with(parts),
        AccessModule,
        AuditModule,
        KeysModule,
        RolesModule,
        UsersModule,
        ServiceAccountsModule,
        AuthModule,
        SetupModule,
        ResourcesModule,
        OAuthModule,
        InspectionModule,
        OperationsModule.with(prepareSchema),
      ],
      providers: [
        {
          provide: APP_FILTER,
          inject: [LOGGER],
          useFactory: (log: Logger) => new ProblemFilter(log),
        },
        { provide: APP_PIPE, useFactory: strictValidation },
        // The order is the order of execution: whether anything can be known yet, who it is, whether they may.
        { provide: APP_GUARD, useExisting: StartupGuard },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
    };
  }
}
