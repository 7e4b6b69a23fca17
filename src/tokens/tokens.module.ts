import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';
import { VerificationSteps } from './verification-steps.js';

/** Access tokens: issued here, verified here. */
@Module({
  imports: [KeysModule, RevocationModule],
  providers: [TokenIssuer, TokenVerifier, VerificationSteps],
  exports: [TokenIssuer, TokenVerifier],
})
export class TokensModule {}
