import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { RevocationFeed } from '../revocation-feed.js';
import { announcementIn } from './announcement.js';
import type { Announcement } from './announcement.js';
import { BUS } from './bus-link.js';
import type { Bus } from './bus-link.js';
import { BusConnection } from './bus-connection.js';
import { Outbox } from './outbox.js';
import { PromptedPolls } from './prompted-polls.js';

/** Of all installations, so that one can be told from another in one Redis. */
const CHANNEL = 'signet:revocations:';

interface Parts {
  readonly connection: BusConnection;
  readonly outbox: Outbox;
  readonly polls: PromptedPolls;
}

/**
 * A shortcut: replicas tell each other that there is something to learn, so that the others poll at once.
 * Nothing depends on it. What is true is in the database, which every replica polls anyway; without
 * `REDIS_URL` this does nothing.
 */
@Injectable()
export class RevocationBus {
  private parts: Parts | undefined;

  constructor(
    private readonly feed: RevocationFeed,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'redisUrl'>,
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(BUS) private readonly bus: Bus,
  ) {}

  /** Connects in the background, from now on. The feed must have polled once: it knows the installation. */
  start(): void {
    const { redisUrl } = this.settings;
    if (redisUrl === undefined || this.parts !== undefined) return;
    this.parts = this.assemble(this.bus(redisUrl));
    this.parts.connection.start();
  }

  /** Disconnects at once. */
  stop(): void {
    this.parts?.polls.stop();
    this.parts?.connection.stop();
  }

  /** Tells the others of what was committed. Nobody waits for it, and it cannot fail. */
  announce({ revision = 0, keys = false }: Partial<Announcement>): void {
    this.parts?.outbox.announce({ revision, keys });
  }

  private assemble(open: ReturnType<Bus>): Parts {
    const messages = this.metrics.counter(
      'signet_bus_messages_total',
      'Messages that replicas tell each other of revocations with.',
      ['direction'],
    );
    for (const direction of ['sent', 'received'] as const) messages.inc({ direction }, 0);
    const unsent = this.metrics.counter(
      'signet_bus_messages_unsent_total',
      'Messages that the bus did not take; others learn of those revocations by polling.',
    );
    const polls = new PromptedPolls(this.feed, this.log);
    const connection = new BusConnection(
      open,
      `${CHANNEL}${this.feed.installationMadeAt}`,
      {
        connected: () => {
          polls.catchUp();
        },
        received: (message) => {
          messages.inc({ direction: 'received' });
          const announcement = announcementIn(message);
          if (announcement !== undefined) polls.prompt(announcement);
        },
      },
      this.log,
    );
    this.metrics.gauge(
      'signet_bus_connected',
      'Whether this replica is connected to the bus: 1 or 0.',
      () => Number(connection.isConnected),
    );
    const outbox = new Outbox(
      (message) => connection.publish(message),
      (isSent) => {
        if (isSent) messages.inc({ direction: 'sent' });
        else unsent.inc();
      },
    );
    return { connection, outbox, polls };
  }
}
