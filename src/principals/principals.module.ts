import { Module } from '@nestjs/common';
import { RevocationModule } from '../revocation/revocation.module.js';
import { PrincipalsService } from './principals.service.js';

/** Everyone who can hold a token. */
@Module({
  imports: [RevocationModule],
  providers: [PrincipalsService],
  exports: [PrincipalsService],
})
export class PrincipalsModule {}
