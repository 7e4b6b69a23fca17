import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

/** The most that is kept of lines that nobody reads, and room for the heap to grow in. In MiB. */
const GROWTH_MAX = 120;

export const outputNotRead: Fault = {
  id: 'F-30',
  title: 'Nobody reads the log',
  injected: 'standard output is a pipe that is not read, with LOG_LEVEL=trace, for 15 s',
  load: '12 chains and user changes on one replica',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const world = await World.start(parts, {
      replicas: 1,
      chains: 12,
      env: { LOG_LEVEL: 'trace' },
      replica: { unreadOutput: true },
    });
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('There is no replica');
    try {
      const before = replica.rss ?? 0;
      world.beginLoad({ refresh: 0.3, logout: 0.03, pause: 60 });
      await sleep(15_000);
      await world.recover(performance.now());
      await world.endLoad();
      const grown = (replica.rss ?? 0) - before;
      judgement.figure('memory grown by, MiB', grown);
      judgement.expect('I-10', grown < GROWTH_MAX, `it grew by ${Math.round(grown)} MiB`);
      judgement.figure('slowest answer, ms', world.recorder.slowest());
      judgement.expect('I-6', world.recorder.count('unknown') === 0, 'requests failed');
      await checkHistory(world);
      const ended = performance.now();
      const { code } = await Promise.race([replica.stop('SIGTERM'), sleep(25_000, { code: -1 })]);
      judgement.figure('end after SIGTERM, ms', performance.now() - ended);
      judgement.expect('I-11', code === 0, `it ended with ${code ?? 'a signal'}`);
    } finally {
      await world.close();
    }
  },
};
