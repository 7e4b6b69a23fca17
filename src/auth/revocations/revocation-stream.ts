import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { PassedRevocation } from '../../revocation/revocations.repository.js';

/** What is written and was not taken by the client, in bytes; above it the client is too slow. */
const BUFFER_MAX = 262_144;
/** For how long a client that catches up may take nothing, in ms. */
const STUCK_AFTER = 30_000;
/** When a client comes back after its stream has ended, in ms. */
const RETRY = 1000;

/** Reads up to a page of revocations that are in force, in the order of their revisions. */
export type ReadPage = (after: number, upTo: number) => Promise<readonly PassedRevocation[]>;

/** One client's stream of server-sent events: all revocations after a position, each once and in order. */
export class RevocationStream {
  /** Everything up to here was written. */
  private position: number;
  /** Whether new revocations are written as they come; otherwise those from before are not all written yet. */
  private isLive = false;

  /**
   * @param after the revision after which the client wants to know.
   * @param mayRead asked before each write: a token that is over, or revoked, ends the stream.
   */
  constructor(
    private readonly response: ServerResponse,
    after: number,
    private readonly mayRead: () => boolean,
  ) {
    this.position = after;
  }

  get isOpen(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  /** Writes what came before, page by page, as fast as the client takes it; from then on the stream is live. */
  async catchUp(readPage: ReadPage, newest: () => number): Promise<void> {
    this.write(`retry: ${RETRY}\nid: ${this.position}\n\n`);
    while (this.isOpen) {
      const upTo = newest();
      // Nothing is awaited between the question and the answer, so nothing falls in between.
      if (this.position >= upTo) {
        this.isLive = true;
        return;
      }
      const page = await readPage(this.position, upTo);
      const last = page.at(-1);
      this.send(page, last === undefined ? upTo : last.revision);
      if (this.response.writableNeedDrain) await this.drained();
    }
  }

  /** Writes what is new, unless it will be read while catching up. */
  tell(passed: readonly PassedRevocation[], upTo: number): void {
    if (!this.isLive) return;
    this.send(
      passed.filter(({ revision }) => revision > this.position),
      upTo,
    );
    if (this.response.writableLength > BUFFER_MAX) this.response.destroy();
  }

  /**
   * Says how far the stream is, and that all is told that was stored before a moment. Whoever gets that
   * late, from a proxy that kept it or after a pause, sees how old it is.
   *
   * @param asOf ms since the epoch; undefined when it is not known, and the client must not think that it is.
   */
  beat(asOf: number | undefined): void {
    if (this.isLive && asOf !== undefined)
      this.write(`: alive ${new Date(asOf).toISOString()}\nid: ${this.position}\n\n`);
    if (this.response.writableLength > BUFFER_MAX) this.response.destroy();
  }

  end(): void {
    this.response.end();
  }

  private send(passed: readonly PassedRevocation[], position: number): void {
    if (passed.length > 0) this.write(passed.map(eventOf).join(''));
    this.position = Math.max(this.position, position);
  }

  private write(text: string): void {
    if (!this.isOpen) return;
    if (this.mayRead()) this.response.write(text);
    else this.end();
  }

  private async drained(): Promise<void> {
    const timeout = AbortSignal.timeout(STUCK_AFTER);
    const closed = new AbortController();
    this.response.once('close', () => {
      closed.abort();
    });
    try {
      await once(this.response, 'drain', { signal: AbortSignal.any([timeout, closed.signal]) });
    } catch {
      this.response.destroy(); // the client takes nothing, or is gone
    }
  }
}

function eventOf({ revision, kind, subject, minVersion, expiresAt }: PassedRevocation): string {
  const expires = new Date(expiresAt).toISOString();
  const data = JSON.stringify({ revision, kind, subject, minVersion, expiresAt: expires });
  return `id: ${revision}\nevent: revocation\ndata: ${data}\n\n`;
}
