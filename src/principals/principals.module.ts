import { Module } from '@nestjs/common';
import { RevocationModule } from '../revocation/revocation.module.js';
import { ClaimsStore } from './claims-store.js';
import { PrincipalsService } from './principals.service.js';

/** Everyone who can hold a token. */
@Module({
  imports: [RevocationModule],
  providers: [ClaimsStore, PrincipalsService],
  exports: [ClaimsStore, PrincipalsService],
})
export class PrincipalsModule {}
