import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

export const databaseReadOnly: Fault = {
  id: 'F-07',
  title: 'The database becomes read-only',
  injected: 'SET GLOBAL read_only = 1 for 6 s (quick: 3 s); Signet is no SUPER user',
  load: '12 chains and user changes on two replicas',
  isQuick: true,
  async run(parts, quick) {
    const { server, judgement } = parts;
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    try {
      world.beginLoad();
      await sleep(1000);
      await server.sql('SET GLOBAL read_only = 1');
      const began = performance.now();
      await sleep(quick ? 3000 : 6000);
      const until = performance.now();
      await server.sql('SET GLOBAL read_only = 0');
      await world.recover(performance.now());
      await world.endLoad();
      const during = world.recorder.records.filter(({ t0, t1 }) => t0 > began && t1 < until);
      for (const { op, status, id } of during) {
        if (op === 'live') continue;
        if (op === 'me')
          judgement.expect('I-7', status === 200 || status === 401, `reading is ${status} (${id})`);
        else
          judgement.expect('I-6', status === 503 || status === 401, `${op} is ${status} (${id})`);
      }
      const refused = during.filter(({ status }) => status === 503).length;
      judgement.figure('writes refused', refused);
      judgement.expect('I-6', refused > 0, 'no write was tried');
      await checkHistory(world);
    } finally {
      await server.sql('SET GLOBAL read_only = 0');
      await world.close({ keep: true });
    }
  },
};
