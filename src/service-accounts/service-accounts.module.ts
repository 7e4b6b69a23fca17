import { Module } from '@nestjs/common';
import { ClientAuthenticator } from './client-authentication/client-authenticator.js';

/** Machines that hold tokens: their accounts, their credentials, and proving that they have one. */
@Module({
  providers: [ClientAuthenticator],
  exports: [ClientAuthenticator],
})
export class ServiceAccountsModule {}
