import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { ServiceAccountsModule } from '../service-accounts/service-accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { CallersService } from './clients/callers.service.js';
import { ClientThrottle } from './clients/client-throttle.js';
import { IntrospectionController } from './introspection/introspection.controller.js';
import { IntrospectionService } from './introspection/introspection.service.js';
import { MetadataController } from './metadata/metadata.controller.js';
import { TokenRevocationController } from './revocation/token-revocation.controller.js';
import { TokenRevocationService } from './revocation/token-revocation.service.js';
import { ClientCredentialsGrant } from './token/client-credentials.grant.js';
import { ResourceTokens } from './token/resource-tokens.service.js';
import { SubjectTokens } from './token/subject-token.service.js';
import { TokenController } from './token/token.controller.js';
import { TokenExchangeGrant } from './token/token-exchange.grant.js';
import { TokenService } from './token/token.service.js';

/** The standards: tokens, introspection, revocation, and the metadata that names them. */
@Module({
  imports: [
    AuditModule,
    PrincipalsModule,
    ResourcesModule,
    RevocationModule,
    ServiceAccountsModule,
    SessionsModule,
    TokensModule,
  ],
  controllers: [
    TokenController,
    IntrospectionController,
    TokenRevocationController,
    MetadataController,
  ],
  providers: [
    CallersService,
    ClientCredentialsGrant,
    ClientThrottle,
    IntrospectionService,
    ResourceTokens,
    SubjectTokens,
    TokenExchangeGrant,
    TokenRevocationService,
    TokenService,
  ],
})
export class OAuthModule {}
