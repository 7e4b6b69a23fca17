import { Module } from '@nestjs/common';
import { RevocationFeed } from './revocation-feed.js';
import { RevocationIndex } from './revocation-index.js';
import { RevocationService } from './revocation.service.js';

/** What makes a token invalid before it expires. */
@Module({
  providers: [RevocationIndex, RevocationFeed, RevocationService],
  exports: [RevocationIndex, RevocationFeed, RevocationService],
})
export class RevocationModule {}
