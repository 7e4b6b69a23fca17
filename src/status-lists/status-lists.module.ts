import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { StatusIndexes } from './status-indexes.js';
import { StatusListsController } from './status-lists.controller.js';
import { StatusLists } from './status-lists.service.js';

/** The status of tokens for those who do not ask about each: indexes, lists, and what lists cannot say. */
@Module({
  imports: [KeysModule, RevocationModule],
  controllers: [StatusListsController],
  providers: [StatusIndexes, StatusLists],
  exports: [StatusIndexes],
})
export class StatusListsModule {}
