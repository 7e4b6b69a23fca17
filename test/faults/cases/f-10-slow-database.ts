import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { Relay } from '../support/relay.js';
import { World } from '../support/world.js';

export const slowDatabase: Fault = {
  id: 'F-10',
  title: 'A slow database',
  injected:
    'a relay that delays each packet to and from the database by 50 ms, then by 300 ms, 8 s each',
  load: '8 chains on two replicas; all of it needs the database',
  isQuick: false,
  async run(parts) {
    const { judgement, server, random } = parts;
    const relay = await Relay.to(server.port, random.fork());
    const world = await World.create(parts, { replicas: 2, chains: 8 });
    const env = { DATABASE_URL: server.url(world.database, relay.port) };
    world.replicas.length = 0;
    await world.addReplica({ env });
    await world.addReplica({ env });
    try {
      await world.boot();
      await world.populate();
      world.beginLoad({ refresh: 0.4, logout: 0.02, pause: 150 });
      for (const delay of [50, 300]) {
        relay.delay = delay;
        const began = performance.now();
        await sleep(8000);
        const took = world.recorder.records
          .filter(({ op, t0, status }) => op === 'me' && t0 > began && status === 200)
          .map(({ t0, t1 }) => t1 - t0)
          .sort((a, b) => a - b);
        judgement.figure(
          `median of GET /v1/auth/me, which reads the user, at ${delay} ms a packet`,
          took[took.length >> 1] ?? -1,
        );
        judgement.figure(`slowest answer at ${delay} ms a packet`, world.recorder.slowest(began));
        judgement.expect('I-6', world.recorder.slowest(began) < 15_000, 'requests pile up');
      }
      relay.delay = 0;
      await world.recover(performance.now());
      await world.endLoad();
      await checkHistory(world);
    } finally {
      await world.close();
      relay.close();
    }
  },
};
