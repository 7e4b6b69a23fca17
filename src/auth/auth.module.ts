import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PrincipalsModule } from '../principals/principals.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { StatusListsModule } from '../status-lists/status-lists.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account/account.controller.js';
import { PasswordChangeService } from './account/password-change.service.js';
import { CsrfService } from './cookies/csrf.service.js';
import { TokenCookies } from './cookies/token-cookies.js';
import { CredentialsGuard } from './login/credentials.guard.js';
import { CredentialsService } from './login/credentials.service.js';
import { LoginController } from './login/login.controller.js';
import { LoginService } from './login/login.service.js';
import { ReauthenticationService } from './login/reauthentication.service.js';
import { TransportService } from './login/transport.service.js';
import { RevocationProgressService } from './revocations/revocation-progress.service.js';
import { RevocationStreamController } from './revocations/revocation-stream.controller.js';
import { RevocationStreams } from './revocations/revocation-streams.js';
import { RevocationsController } from './revocations/revocations.controller.js';
import { RevocationsService } from './revocations/revocations.service.js';
import { AccessTokens } from './strategies/access-token.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import { LocalStrategy } from './strategies/local.strategy.js';
import { LoginThrottle } from './throttling/login-throttle.js';
import { OwnPasswordGuesses } from './throttling/own-password-guesses.js';

/** Proving who one is, and ending access again. */
@Module({
  imports: [
    AuditModule,
    KeysModule,
    PrincipalsModule,
    RevocationModule,
    SessionsModule,
    StatusListsModule,
    TokensModule,
    UsersModule,
  ],
  controllers: [
    LoginController,
    AccountController,
    RevocationStreamController,
    RevocationsController,
  ],
  providers: [
    AccessTokens,
    CredentialsGuard,
    CredentialsService,
    CsrfService,
    JwtStrategy,
    LocalStrategy,
    LoginService,
    LoginThrottle,
    OwnPasswordGuesses,
    PasswordChangeService,
    ReauthenticationService,
    RevocationProgressService,
    RevocationStreams,
    RevocationsService,
    TokenCookies,
    TransportService,
  ],
  exports: [JwtStrategy, LoginThrottle],
})
export class AuthModule {}
