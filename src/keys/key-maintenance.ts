import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../platform/logger.js';
import { KeysService } from './keys.service.js';

/** Rotation is a matter of days, so a minute more or less does not count. */
const EVERY_MS = 60_000;

/** Does for the keys what is due by time, on every replica; the first one that comes does it for all. */
@Injectable()
export class KeyMaintenance {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly keys: KeysService,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.keys
        .maintain()
        .catch((error: unknown) => {
          this.log.error({ err: error }, 'Looking after the signing keys failed');
        })
        .finally(() => (this.running = undefined));
    }, EVERY_MS);
  }

  /** Stops; resolves when nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }
}
