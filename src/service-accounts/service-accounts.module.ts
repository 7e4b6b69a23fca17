import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { RolesModule } from '../roles/roles.module.js';
import { StatusListsModule } from '../status-lists/status-lists.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountAccessService } from './account-access.service.js';
import { ServiceAccountClaimsController } from './claims.controller.js';
import { AssertionVerifier } from './client-authentication/assertion-verifier.js';
import { ClientAuthenticator } from './client-authentication/client-authenticator.js';
import { RemoteJwks } from './client-authentication/remote-jwks.js';
import { UsedAssertions } from './client-authentication/used-assertions.js';
import { CredentialsController } from './credentials.controller.js';
import { CredentialsRepository } from './credentials.repository.js';
import { CredentialsService } from './credentials.service.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { ServiceAccountsRepository } from './service-accounts.repository.js';
import { ServiceAccountsService } from './service-accounts.service.js';

/** Machines that hold tokens: their accounts, their credentials, and proving that they have one. */
@Module({
  imports: [
    AccessModule,
    AuditModule,
    PrincipalsModule,
    RevocationModule,
    RolesModule,
    StatusListsModule,
    UsersModule,
  ],
  controllers: [ServiceAccountsController, CredentialsController, ServiceAccountClaimsController],
  providers: [
    AccountAccessService,
    AssertionVerifier,
    ClientAuthenticator,
    CredentialsRepository,
    CredentialsService,
    RemoteJwks,
    ServiceAccountsRepository,
    ServiceAccountsService,
    UsedAssertions,
  ],
  exports: [ClientAuthenticator, CredentialsRepository],
})
export class ServiceAccountsModule {}
