import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { Clock } from './clock.js';
import { AppDataSource } from './database/data-source.js';
import { Database, WatchDatabase } from './database/database.js';
import { ExpiryClock } from './expiry-clock.js';
import { LOGGER } from './logger.js';
import { Metrics } from './metrics.js';

/** What the platform is made of; tests bring a clock of their own. */
export interface PlatformParts {
  readonly dataSource: AppDataSource;
  /** A second way to the same database, for what must not queue behind requests; when absent, the first. */
  readonly watchSource?: AppDataSource | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What every module may need: the database, the clock, the log, the metrics. */
@Global()
@Module({})
export class PlatformModule {
  static with({ dataSource, watchSource, logger, clock }: PlatformParts): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: AppDataSource, useValue: dataSource },
        { provide: LOGGER, useValue: logger },
        { provide: Clock, useValue: clock },
        Database,
        ExpiryClock,
        { provide: WatchDatabase, useValue: new WatchDatabase(watchSource ?? dataSource) },
        Metrics,
      ],
      exports: [AppDataSource, LOGGER, Clock, Database, ExpiryClock, WatchDatabase, Metrics],
    };
  }
}
