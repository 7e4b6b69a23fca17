import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { SmallDisk, expectWasFull } from '../support/small-disk.js';
import { World } from '../support/world.js';

export const fullDisk: Fault = {
  id: 'F-08',
  title: 'The disk of the embedded database is full',
  injected: 'the database file on a tmpfs of 12 MiB, which another file fills for 6 s',
  load: '8 chains and user changes on one process over SQLite',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const disk = SmallDisk.mount(scratch, 12);
    const world = await World.create(parts, {
      replicas: 1,
      chains: 8,
      sqliteFile: join(disk.folder, 'signet.db'),
    });
    try {
      await world.boot();
      await world.populate();
      world.beginLoad({ refresh: 0.5, logout: 0.03, pause: 150 });
      await sleep(1500);
      const filled = performance.now();
      await disk.keepFull(6000);
      disk.free();
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      expectWasFull(world, judgement, filled);
      const [row] = await world.select<{ integrity_check: string }>('PRAGMA integrity_check');
      judgement.expect(
        'I-4',
        row?.integrity_check === 'ok',
        `the file is ${row?.integrity_check ?? '?'}`,
      );
      await checkHistory(world);
    } finally {
      await world.close();
      disk.unmount();
    }
  },
};
