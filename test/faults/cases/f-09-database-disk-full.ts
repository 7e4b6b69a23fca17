import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { MariadbServer } from '../support/mariadb-server.js';
import { ANSWER_WITHIN_MS, expectAnswersWithin, expectKeysAndLife } from '../support/outage.js';
import { SmallDisk, expectWasFull } from '../support/small-disk.js';
import { World } from '../support/world.js';

/** For an empty server, with the log and the temporary tables below. */
const DISK_MIB = 192;
const FULL_FOR_MS = 12_000;

export const databaseDiskFull: Fault = {
  id: 'F-09',
  title: 'The disk of the database server is full',
  injected: `the data of mariadbd on a tmpfs of ${DISK_MIB} MiB, which another file fills for ${FULL_FOR_MS / 1000} s`,
  load: '12 chains and user changes on two replicas',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const disk = SmallDisk.mount(scratch, DISK_MIB);
    let server: MariadbServer | undefined;
    let world: World | undefined;
    try {
      server = await MariadbServer.create(scratch, {
        folder: disk.folder,
        options: ['--innodb-log-file-size=8M'],
      });
      world = await World.create({ ...parts, server }, { replicas: 2, chains: 12 });
      await world.boot();
      await world.populate();
      world.beginLoad({ refresh: 0.4, logout: 0.1, pause: 80 });
      await sleep(1500);
      const filled = performance.now();
      await disk.keepFull(FULL_FOR_MS);
      await expectKeysAndLife(world);
      disk.free();
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      expectWasFull(world, judgement, filled);
      expectAnswersWithin(world, ANSWER_WITHIN_MS, filled);
      await checkHistory(world);
    } finally {
      await world?.close();
      await server?.stop();
      disk.unmount();
    }
  },
};
