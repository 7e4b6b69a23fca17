import { existsSync, writeFileSync } from 'node:fs';
import { NotPossibleHere } from './judgement.js';
import type { Scratch } from './scratch.js';

const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu/faketime',
  '/usr/lib/aarch64-linux-gnu/faketime',
  '/usr/lib/faketime',
];

/** A wall clock of its own for the processes that are started with it, moved while they run. */
export class FakeClock {
  private constructor(
    private readonly library: string,
    private readonly file: string,
  ) {
    this.move('+0');
  }

  /**
   * @param name of the library: the one for programs that tell the time in several threads, or the other.
   * @throws NotPossibleHere without libfaketime.
   */
  static create(
    scratch: Scratch,
    name: 'libfaketime.so.1' | 'libfaketimeMT.so.1' = 'libfaketime.so.1',
  ): FakeClock {
    const library = FOLDERS.map((folder) => `${folder}/${name}`).find((file) => existsSync(file));
    if (library === undefined)
      throw new NotPossibleHere('libfaketime is not installed (faketime).');
    return new FakeClock(library, scratch.path('clock'));
  }

  /** What a process is started with to go by this clock. Time that passes is counted as ever. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    };
  }

  /** @param by how far it is from the true time from now on: `+1h`, `-1h`, `+0`. */
  move(by: string): void {
    writeFileSync(this.file, by);
  }
}
