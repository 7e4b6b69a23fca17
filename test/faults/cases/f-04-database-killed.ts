import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { IndexProbe } from '../support/index-probe.js';
import { ANSWER_WITHIN_MS, expectAnswersWithin, expectKeysAndLife } from '../support/outage.js';
import { World } from '../support/world.js';

export const databaseKilled: Fault = {
  id: 'F-04',
  title: 'The database is killed under load and comes back',
  injected: 'SIGKILL to mariadbd, and a start on the same data 10 s (quick: 3 s) later',
  load: '12 chains and user changes on two replicas; a session is ended right before, and its token asked about all the time',
  isQuick: true,
  async run(parts, quick) {
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    try {
      const index = await IndexProbe.prepare(world);
      world.beginLoad();
      await sleep(2000);
      await index.begin();
      await parts.server.stop('SIGKILL');
      const down = performance.now();
      await sleep(quick ? 3000 : 10_000);
      await expectKeysAndLife(world);
      await index.end(down);
      await parts.server.start();
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      expectAnswersWithin(world, ANSWER_WITHIN_MS, down);
      await checkHistory(world);
    } finally {
      await world.close({ keep: true });
    }
  },
};
