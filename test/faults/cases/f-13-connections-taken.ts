import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import { ConnectionHog } from '../support/connection-hog.js';
import type { Fault } from '../support/fault.js';
import { IndexProbe } from '../support/index-probe.js';
import { MariadbServer } from '../support/mariadb-server.js';
import { ANSWER_WITHIN_MS, expectAnswersWithin, expectKeysAndLife } from '../support/outage.js';
import { World } from '../support/world.js';

/** What the server gives: more than the pools of both replicas hold. */
const CONNECTIONS = 40;

export const connectionsTaken: Fault = {
  id: 'F-13',
  title: 'Others hold all connections of the database',
  injected: `max_connections=${CONNECTIONS}: another client takes what is free for 3 s, then, as the server closes Signet's, those too for 10 s`,
  load: '12 chains and user changes on two replicas; a session is ended right before, and its token asked about all the time',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const options = [`--max-connections=${CONNECTIONS}`];
    const server = await MariadbServer.create(scratch, { options });
    const world = await World.create({ ...parts, server }, { replicas: 2, chains: 12 });
    let hog: ConnectionHog | undefined;
    try {
      await world.boot();
      await world.populate();
      hog = await ConnectionHog.on(world);
      const index = await IndexProbe.prepare(world);
      world.beginLoad();
      await sleep(1500);
      await hog.takeWhatIsFree();
      const full = performance.now();
      judgement.figure('connections that were free', hog.size);
      await sleep(3000);
      for (const replica of world.replicas)
        judgement.expect('I-6', await replica.isReady(), `${replica.name} gave its connections up`);
      await index.begin();
      await hog.takeAll();
      const taken = performance.now();
      await sleep(10_000);
      await expectKeysAndLife(world);
      await index.end(taken);
      judgement.figure('connections that the other client held', hog.size);
      hog.release();
      await world.recover(performance.now());
      await sleep(500);
      await world.endLoad();
      const refused = world.recorder.records.filter(
        ({ t0, status }) => t0 > taken && status === 503,
      );
      const took = refused.map(({ t0, t1 }) => t1 - t0).sort((a, b) => a - b);
      judgement.figure('told 503', refused.length);
      judgement.figure('median of those, ms', took[Math.floor(took.length / 2)] ?? 0);
      judgement.expect('I-6', refused.length > 0, 'nobody was refused');
      expectAnswersWithin(world, ANSWER_WITHIN_MS, full);
      await checkHistory(world);
    } finally {
      hog?.leave();
      await world.close();
      await server.stop();
    }
  },
};
