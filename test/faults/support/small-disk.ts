import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NotPossibleHere } from './judgement.js';
import type { Judgement } from './judgement.js';
import type { Scratch } from './scratch.js';
import type { World } from './world.js';

const FILL_EVERY_MS = 100;

/** A disk of its own in memory, which can be filled. */
export class SmallDisk {
  private readonly filler: string;

  private constructor(readonly folder: string) {
    this.filler = join(folder, 'filler');
  }

  /** @throws NotPossibleHere without the right to mount. */
  static mount(scratch: Scratch, mebibytes: number): SmallDisk {
    const folder = scratch.path('mount');
    mkdirSync(folder);
    const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder];
    try {
      execFileSync('mount', options, { stdio: 'pipe' });
    } catch (error) {
      throw new NotPossibleHere('Mounting a small disk needs root (run in a container as root).', {
        cause: error,
      });
    }
    chmodSync(folder, 0o700);
    return new SmallDisk(folder);
  }

  /** Takes what is left, and what others give up meanwhile. */
  async keepFull(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      fill(this.filler);
      await sleep(FILL_EVERY_MS);
    }
  }

  free(): void {
    rmSync(this.filler);
  }

  /** Once nobody uses it any more. */
  unmount(): void {
    execFileSync('umount', [this.folder]);
  }
}

function fill(file: string): void {
  for (const piece of [1 << 20, 1 << 16, 1 << 12]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(piece));
    } catch {
      // ENOSPC is what this is for; a smaller piece may still fit
    }
  }
}

/** I-6, and that the fault was one: what could not be written since `filled` (performance.now) was told 503. */
export function expectWasFull({ recorder }: World, judgement: Judgement, filled: number): void {
  const refused = recorder.records.filter(({ t0, status }) => t0 > filled && status === 503);
  judgement.figure('told 503', refused.length);
  judgement.expect('I-6', refused.length > 0, 'the disk never was full');
}
