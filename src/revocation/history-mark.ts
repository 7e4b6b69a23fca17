import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { LOGGER } from '../platform/logger.js';
import type { HistoryPosition } from './history.js';

/** The mark cannot be read, and without it nobody knows whether the database was restored. */
export class HistoryMarkUnreadable extends Error {
  constructor(file: string, options: ErrorOptions) {
    super(
      `${file} cannot be read. It says how far the database's history had got. Remove it only when you know that no backup was restored.`,
      options,
    );
    this.name = 'HistoryMarkUnreadable';
  }
}

interface Marked extends HistoryPosition {
  /** Of which installation, so that a data folder can be used for another database. */
  readonly installation: number;
}

/**
 * The high-water mark of the history of revocations: kept outside of the database, so that a database
 * that is restored from a backup does not take it along.
 */
@Injectable()
export class HistoryMark {
  private readonly file: string;
  private pending: Marked | undefined;
  private writing: Promise<void> | undefined;
  private isFailing = false;

  constructor(
    @Inject(SETTINGS) { dataDir }: Pick<Settings, 'dataDir'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.file = join(dataDir, 'revocation-mark.json');
  }

  /**
   * The newest position that was marked; undefined when there is none of this installation.
   *
   * @throws HistoryMarkUnreadable
   */
  async read(installation: number): Promise<HistoryPosition | undefined> {
    try {
      const marked = markedIn(JSON.parse(await readFile(this.file, 'utf8')));
      return marked.installation === installation ? marked : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // whatever it is
      throw new HistoryMarkUnreadable(this.file, { cause: error });
    }
  }

  /** Has the position written soon. Nobody waits for it: a disk that hangs must not delay revocations. */
  note(installation: number, position: HistoryPosition): void {
    this.pending = { ...position, installation };
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  /** Resolves when what was noted is written, or could not be. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.pending !== undefined) {
      const marked = this.pending;
      this.pending = undefined;
      try {
        await this.write(marked);
        this.isFailing = false;
      } catch (error) {
        // Said once: the replica serves as before, only a restore might go unnoticed by its next start.
        if (!this.isFailing) this.log.warn({ err: error }, `${this.file} cannot be written`);
        this.isFailing = true;
      }
    }
  }

  /** Replaces the mark as a whole: a crash, or a loss of power, leaves the one before. */
  private async write(marked: Marked): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    const draft = `${this.file}.${randomBytes(6).toString('hex')}`;
    await writeFile(draft, JSON.stringify(marked), { mode: 0o600, flush: true });
    await rename(draft, this.file);
  }
}

const COUNTS = ['installation', 'epoch', 'revision', 'keysVersion', 'nextStatusIndex'] as const;

function markedIn(value: unknown): Marked {
  const mark = Object(value) as Record<string, unknown>;
  if (!COUNTS.every((name) => isCount(mark[name]))) throw new TypeError('Not a mark');
  const { createdAt, ...counts } = mark as unknown as Marked; // as was checked
  return { ...counts, createdAt: isCount(createdAt) ? createdAt : null };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
