import type { Logger } from 'pino';
import type { RevocationFeed } from '../revocation-feed.js';
import type { Announcement } from './announcement.js';
import { pause } from './waiting.js';

/** The least pause between two polls that messages caused, in ms: nobody's messages can cost more. */
const FLOOR_MS = 20;

/** All that is used of the feed. */
export type PolledFeed = Pick<RevocationFeed, 'revision' | 'poll'>;

/**
 * Has the feed poll now when there is something to learn. However many ask while it polls, it polls once
 * more. A poll that failed is not repeated here: the feed polls by itself, and messages have no claim.
 */
export class PromptedPolls {
  /** The revision that is to be learnt; undefined when there is nothing to do. */
  private wanted: number | undefined;
  private isRunning = false;
  private isFailing = false;
  private readonly life = new AbortController();

  constructor(
    private readonly feed: PolledFeed,
    private readonly log: Logger,
  ) {}

  /** Something was announced: maybe the truth, maybe again, maybe a lie. */
  prompt({ revision, keys }: Announcement): void {
    this.reach(keys ? Infinity : revision);
  }

  /** Something may have been missed. */
  catchUp(): void {
    this.reach(Infinity);
  }

  stop(): void {
    this.wanted = undefined;
    this.life.abort();
  }

  private reach(revision: number): void {
    if (this.life.signal.aborted || revision <= this.feed.revision) return;
    this.wanted = Math.max(this.wanted ?? 0, revision);
    if (!this.isRunning) void this.run(); // never rejects
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.wanted !== undefined) {
      const { wanted } = this;
      this.wanted = undefined;
      // The feed may have got there by itself during the pause.
      if (wanted > this.feed.revision) await this.poll();
      await pause(FLOOR_MS, this.life.signal);
    }
    this.isRunning = false;
  }

  private async poll(): Promise<void> {
    try {
      await this.feed.poll();
      this.isFailing = false;
    } catch (error) {
      // Said once: the feed's own polls say it as often as they fail.
      if (!this.isFailing) this.log.warn({ err: error }, 'A poll that the bus asked for failed');
      this.isFailing = true;
    }
  }
}
