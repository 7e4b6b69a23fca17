import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { UsersModule } from '../users/users.module.js';
import { SetupToken } from './setup-token.js';
import { SetupController } from './setup.controller.js';
import { SetupService } from './setup.service.js';

/** The first administrator of a new installation. */
@Module({
  imports: [AuditModule, AuthModule, UsersModule],
  controllers: [SetupController],
  providers: [SetupService, SetupToken],
  exports: [SetupService],
})
export class SetupModule {}
