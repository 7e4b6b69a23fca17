import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { ANSWER_WITHIN_MS, expectAnswersWithin } from '../support/outage.js';
import { World } from '../support/world.js';

/** More than the pool and its queue hold together. */
const CROWD = 120;

export const poolExhausted: Fault = {
  id: 'F-12',
  title: 'More requests than connections',
  injected: `two connections, held by a lock on all sessions for 3 s, and ${CROWD} refreshes at once`,
  load: `8 chains; ${CROWD} requests at once`,
  isQuick: true,
  async run(parts) {
    const { judgement } = parts;
    const world = await World.start(parts, {
      replicas: 1,
      chains: 8,
      env: { DATABASE_POOL_SIZE: '2' },
    });
    const locks = await parts.server.connect(world.database.name);
    try {
      await locks.query('LOCK TABLES sessions WRITE');
      const crowd = Array.from({ length: CROWD }, async (_, i) => {
        await world.chains[i % world.chains.length]?.refresh(parts.random.pick(world.replicas));
      });
      await sleep(1000);
      for (const replica of world.replicas) {
        const { status, record } = await world.client.send(replica, 'live', {
          method: 'GET',
          path: '/health/live',
        });
        const took = record.t1 - record.t0;
        judgement.expect(
          'I-6',
          status === 200 && took < 1000,
          `life is told with ${status} after ${took} ms`,
        );
      }
      await sleep(2000);
      await locks.query('UNLOCK TABLES');
      const unlocked = performance.now();
      await Promise.all(crowd);
      await world.recover(unlocked);
      const answers = world.recorder.records.filter(({ op }) => op === 'refresh');
      const refused = answers.filter(({ status }) => status === 503);
      const took = refused.map(({ t0, t1 }) => t1 - t0).sort((a, b) => a - b);
      judgement.figure('of the crowd told 503', refused.length);
      judgement.figure('median of those, ms', took[Math.floor(took.length / 2)] ?? 0);
      judgement.expect('I-6', refused.length > 0, 'nobody was refused: the crowd was too small');
      expectAnswersWithin(world, ANSWER_WITHIN_MS);
      await checkHistory(world);
    } finally {
      await locks.end();
      await world.close();
    }
  },
};
