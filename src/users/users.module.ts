import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ClaimsService } from './claims/claims.service.js';
import { UserClaimsController } from './claims/user-claims.controller.js';
import { HashQueue } from './passwords/hash-queue.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordPolicy } from './passwords/password-policy.js';
import { UserAccessService } from './user-access.service.js';
import { UserPasswordsService } from './user-passwords.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** People, and how they prove who they are. */
@Module({
  imports: [
    AccessModule,
    AuditModule,
    PrincipalsModule,
    RevocationModule,
    RolesModule,
    SessionsModule,
  ],
  controllers: [UsersController, UserClaimsController],
  providers: [
    ClaimsService,
    HashQueue,
    PasswordHasher,
    PasswordPolicy,
    UserAccessService,
    UserPasswordsService,
    UsersRepository,
    UsersService,
  ],
  exports: [
    ClaimsService,
    UserPasswordsService,
    UsersService,
    UsersRepository,
    PasswordHasher,
    PasswordPolicy,
  ],
})
export class UsersModule {}
