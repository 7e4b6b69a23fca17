import { ORIGIN, courseFrom } from './history.js';
import type { HistoryHead, HistoryPosition } from './history.js';
import type { HistoryMark } from './history-mark.js';

/** The database has forgotten revocations that were known here, so it was restored from a backup. */
export class HistoryLost extends Error {
  constructor(known: HistoryPosition, revision: number) {
    super(
      `The database has forgotten revocations: its history is at ${revision}, and was at ${known.revision}. Nothing is served until the restore is finished (docs/operations.md, Backups).`,
    );
    this.name = 'HistoryLost';
  }
}

/**
 * The place in the history that a replica knows, with the mark of it that outlives the process: by both, a
 * database that went back is noticed.
 */
export class KnownHistory {
  /** Undefined before `recall`. */
  private known: HistoryPosition | undefined;
  private installation = 0;
  private isForgotten = false;

  constructor(private readonly mark: HistoryMark) {}

  /** When the installation was made, by which it is told from others; 0 before `recall`. */
  get installationMadeAt(): number {
    return this.installation;
  }

  /** Whether the database was restored and that is not finished. */
  get isLost(): boolean {
    return this.isForgotten;
  }

  /** The position; the first time, how far this replica had got before it was started. */
  async recall(installationMadeAt: () => Promise<number>): Promise<HistoryPosition> {
    if (this.known === undefined) {
      this.installation = await installationMadeAt();
      this.known = (await this.mark.read(this.installation)) ?? ORIGIN;
    }
    return this.known;
  }

  /**
   * Compares the history with what is known of it.
   *
   * @param seen the newest revision that was taken in.
   * @returns whether it has begun anew, so that all of it is to be read.
   * @throws HistoryLost
   */
  expectToContinue(known: HistoryPosition, head: HistoryHead, seen: number): boolean {
    const course = courseFrom(known, head);
    if (course === 'begun anew') {
      this.isForgotten = false;
      return true;
    }
    if (course === 'lost' || head.revision < seen) {
      // Remembered, since the new history will be as long as the old one some day.
      this.isForgotten = true;
    } else if (course === 'proven') {
      // It was a node of a cluster that lagged behind, and not a backup.
      this.isForgotten = false;
    }
    if (this.isForgotten) throw new HistoryLost(known, head.revision);
    return false;
  }

  /** Everything up to there is known now. @param createdAt when that revision was stored, if it is in force. */
  note({ createdAtOfKnown: _, ...head }: HistoryHead, createdAt: number | null): void {
    const { known } = this;
    const isSame = head.epoch === known?.epoch && head.revision === known.revision;
    const { keysVersion, nextStatusIndex } = head;
    const isUnchanged =
      keysVersion === known?.keysVersion && nextStatusIndex === known.nextStatusIndex;
    if (isSame && isUnchanged) return;
    // Nothing was taken in when the revision is the same.
    this.known = { ...head, createdAt: isSame ? known.createdAt : createdAt };
    this.mark.note(this.installation, this.known);
  }
}
