import { Module } from '@nestjs/common';
import { BUS } from './bus/bus-link.js';
import { redisBus } from './bus/redis-link.js';
import { RevocationBus } from './bus/revocation-bus.js';
import { HistoryMark } from './history-mark.js';
import { ProgressRecorder } from './progress/progress-recorder.js';
import { RevocationProgress } from './progress/revocation-progress.js';
import { RevocationHistory } from './revocation-history.js';
import { Rehearsals } from './rehearsal/rehearsals.js';
import { RevocationFeed } from './revocation-feed.js';
import { RevocationIndex } from './revocation-index.js';
import { RevocationService } from './revocation.service.js';
import { RevocationsRepository } from './revocations.repository.js';

/** What makes a token invalid before it expires. */
@Module({
  providers: [
    { provide: BUS, useValue: redisBus },
    HistoryMark,
    ProgressRecorder,
    Rehearsals,
    RevocationBus,
    RevocationFeed,
    RevocationHistory,
    RevocationIndex,
    RevocationProgress,
    RevocationService,
    RevocationsRepository,
  ],
  exports: [
    ProgressRecorder,
    Rehearsals,
    RevocationBus,
    RevocationFeed,
    RevocationHistory,
    RevocationIndex,
    RevocationProgress,
    RevocationService,
  ],
})
export class RevocationModule {}
