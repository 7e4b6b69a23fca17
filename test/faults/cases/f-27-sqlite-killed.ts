import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

const KILLS = 4;

export const sqliteKilled: Fault = {
  id: 'F-27',
  title: 'The process over SQLite is killed while it writes',
  injected: `SIGKILL and a start, ${KILLS} times`,
  load: '12 chains of refreshes, sign-outs and user changes on one process',
  isQuick: false,
  async run(parts) {
    const { judgement, random, scratch } = parts;
    const folder = scratch.path('sqlite');
    mkdirSync(folder);
    const sqliteFile = join(folder, 'signet.db');
    const world = await World.start(parts, { replicas: 1, chains: 12, sqliteFile });
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('There is no replica');
    try {
      world.beginLoad({ refresh: 0.7, logout: 0.05, pause: 90 });
      let causeEnded = 0;
      for (let i = 0; i < KILLS; i++) {
        await sleep(random.between(1000, 2500));
        await replica.stop('SIGKILL');
        replica.start();
        causeEnded = performance.now();
        await replica.ready();
      }
      await world.recover(causeEnded, world.recoveryWithBoot);
      await world.endLoad();
      const [row] = await world.select<{ integrity_check: string }>('PRAGMA integrity_check');
      judgement.expect(
        'I-4',
        row?.integrity_check === 'ok',
        `the file is ${row?.integrity_check ?? '?'}`,
      );
      await checkHistory(world);
    } finally {
      await world.close();
    }
  },
};
