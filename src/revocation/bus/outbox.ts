import { textOf, together } from './announcement.js';
import type { Announcement } from './announcement.js';

/**
 * Sends one message at a time. What comes meanwhile becomes one message, so that a bus that is slow or
 * hangs leaves nothing to queue.
 */
export class Outbox {
  private waiting: Announcement | undefined;
  private isSending = false;

  /** @param send says whether the message was taken, and never rejects. */
  constructor(
    private readonly send: (message: string) => Promise<boolean>,
    private readonly done: (isSent: boolean) => void,
  ) {}

  /** Returns at once, and never throws. */
  announce(announcement: Announcement): void {
    this.waiting = together(this.waiting, announcement);
    if (!this.isSending) void this.sendAll(); // never rejects
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.waiting !== undefined) {
      const message = textOf(this.waiting);
      this.waiting = undefined;
      this.done(await this.send(message));
    }
    this.isSending = false;
  }
}
