import type { Logger } from 'pino';
import type { BusLink, OpenLink } from './bus-link.js';
import { answered, pause } from './waiting.js';

/** How long the bus may take for anything; past it, the connection is given up. */
const ANSWER_WITHIN_MS = 2000;
/** To open one: TCP, TLS, and two questions. */
const OPEN_WITHIN_MS = 5000;
const PING_EVERY_MS = 5000;
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5000;

/** What a connection tells of. */
export interface BusEvents {
  /** It is there, for the first time or again: what was told meanwhile was missed. */
  connected(): void;
  received(message: string): void;
}

/**
 * Keeps one connection to the bus, in the background and for as long as it runs. Nobody waits for it: while
 * there is none, nothing is sent, and an outage is logged once.
 */
export class BusConnection {
  private isRunning = false;
  private life = new AbortController();
  private link: BusLink | undefined;
  private failures = 0;
  private isOut = false;
  private isRefused = false;

  constructor(
    private readonly open: OpenLink,
    private readonly channel: string,
    private readonly events: BusEvents,
    private readonly log: Logger,
  ) {}

  get isConnected(): boolean {
    return this.link !== undefined;
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    void this.run(); // never rejects
  }

  /** Disconnects at once. */
  stop(): void {
    this.isRunning = false;
    this.link = undefined;
    this.life.abort(new Error('Stopped'));
  }

  /** Whether the bus has taken the message. Never rejects, and takes no longer than the bus may take. */
  async publish(message: string): Promise<boolean> {
    const { link, life } = this;
    if (link === undefined) return false; // that it is away was said
    try {
      await answered(link.publish(message), ANSWER_WITHIN_MS, life);
      this.isRefused = false;
      return true;
    } catch (error) {
      // A connection that ended is an outage, which is said elsewhere.
      if (!life.signal.aborted && !this.isRefused) {
        this.log.warn({ err: error }, 'The bus takes no messages about revocations');
        this.isRefused = true;
      }
      return false;
    }
  }

  private async run(): Promise<void> {
    while (this.isRunning) {
      this.life = new AbortController();
      const cause = await this.live(this.life);
      this.link = undefined;
      if (this.isStopped()) return;
      if (!this.isOut) {
        this.isOut = true;
        this.log.warn(
          { err: cause },
          'The bus is away; revocations are learnt of by polling alone',
        );
      }
      this.life = new AbortController();
      await pause(retryAfter(this.failures++), this.life.signal);
    }
  }

  /** A question of its own, since the answer changes while the connection lives. */
  private isStopped(): boolean {
    return !this.isRunning;
  }

  /** One connection, from its opening to its end. @returns why it ended. */
  private async live(life: AbortController): Promise<unknown> {
    const { signal } = life;
    try {
      const receive = (message: string) => {
        if (!signal.aborted) this.events.received(message);
      };
      const opening = this.open(this.channel, receive, life);
      const link = await answered(opening, OPEN_WITHIN_MS, life);
      this.link = link;
      if (this.isOut) this.log.info('The bus is back');
      this.isOut = false;
      this.events.connected();
      for (;;) {
        await pause(PING_EVERY_MS, signal);
        if (signal.aborted) return signal.reason;
        await answered(link.ping(), ANSWER_WITHIN_MS, life);
        this.failures = 0; // it lasted
      }
    } catch (error) {
      life.abort(error); // what is half open ends with it
      return error;
    }
  }
}

/** Doubles up to a limit; by chance less, so that replicas do not all come back at the same moment. */
function retryAfter(failures: number): number {
  const longest = Math.min(RETRY_FIRST_MS * 2 ** Math.min(failures, 10), RETRY_LAST_MS);
  return longest * (0.5 + Math.random() / 2);
}
