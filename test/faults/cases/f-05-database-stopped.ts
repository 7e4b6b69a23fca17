import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { IndexProbe } from '../support/index-probe.js';
import { ANSWER_WITHIN_MS, expectAnswersWithin, expectKeysAndLife } from '../support/outage.js';
import { World } from '../support/world.js';

export const databaseStopped: Fault = {
  id: 'F-05',
  title: 'The database hangs',
  injected: 'SIGSTOP to mariadbd for 20 s (quick: 7 s), then SIGCONT',
  load: '12 chains and user changes on two replicas; a session is ended right before, and its token asked about all the time',
  isQuick: true,
  async run(parts, quick) {
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    try {
      const index = await IndexProbe.prepare(world);
      world.beginLoad();
      await sleep(1500);
      await index.begin();
      parts.server.signal('SIGSTOP');
      const stopped = performance.now();
      try {
        await sleep(quick ? 5000 : 18_000);
        await expectKeysAndLife(world);
        await sleep(2000);
        await index.end(stopped);
      } finally {
        parts.server.signal('SIGCONT');
      }
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      expectAnswersWithin(world, ANSWER_WITHIN_MS, stopped);
      parts.judgement.expect(
        'I-6',
        world.recorder.records.some(({ t0, status }) => t0 > stopped && status === 503),
        'nobody was told that the database hangs',
      );
      await checkHistory(world);
    } finally {
      await world.close({ keep: true });
    }
  },
};
