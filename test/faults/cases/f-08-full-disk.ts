import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { NotPossibleHere } from '../support/judgement.js';
import { World } from '../support/world.js';

export const fullDisk: Fault = {
  id: 'F-08',
  title: 'The disk of the embedded database is full',
  injected: 'the database file on a tmpfs of 12 MiB, which another file fills for 6 s',
  load: '8 chains and user changes on one process over SQLite',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const disk = scratch.path('mount');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'pipe' });
    } catch (error) {
      throw new NotPossibleHere('Mounting a small disk needs root (run in a container as root).', {
        cause: error,
      });
    }
    chmodSync(disk, 0o700);
    const world = await World.create(parts, {
      replicas: 1,
      chains: 8,
      sqliteFile: join(disk, 'signet.db'),
    });
    try {
      await world.boot();
      await world.populate();
      world.beginLoad({ refresh: 0.5, logout: 0.03, pause: 150 });
      await sleep(1500);
      const filled = performance.now();
      const filler = join(disk, 'filler');
      const until = filled + 6000;
      while (performance.now() < until) {
        fill(filler);
        await sleep(100);
      }
      rmSync(filler);
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      const refused = world.recorder.records.filter(
        ({ t0, status }) => t0 > filled && status === 503,
      );
      judgement.figure('told 503', refused.length);
      judgement.expect('I-6', refused.length > 0, 'the disk never was full');
      const [row] = await world.select<{ integrity_check: string }>('PRAGMA integrity_check');
      judgement.expect(
        'I-4',
        row?.integrity_check === 'ok',
        `the file is ${row?.integrity_check ?? '?'}`,
      );
      await checkHistory(world);
    } finally {
      await world.close();
      execFileSync('umount', [disk]);
    }
  },
};

/** Takes what is left of the disk. */
function fill(file: string): void {
  for (const piece of [1 << 20, 1 << 16, 1 << 12]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(piece));
    } catch {
      // ENOSPC is what this is for; a smaller piece may still fit
    }
  }
}
