import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { Relay } from '../support/relay.js';
import { World } from '../support/world.js';

export const answerLost: Fault = {
  id: 'F-02',
  title: 'Answers are lost after the commit',
  injected:
    'a relay between clients and replicas drops 15 % of the answers, another between replicas and database 0.5 %, with their connections, for 12 s',
  load: '16 chains and user changes through the relays',
  isQuick: false,
  async run(parts) {
    const { judgement, server, random } = parts;
    const toDatabase = await Relay.to(server.port, random.fork());
    const world = await World.create(parts, { replicas: 2, chains: 16 });
    const env = { DATABASE_URL: server.url(world.database, toDatabase.port) };
    world.replicas.length = 0;
    const replicas = [await world.addReplica({ env }), await world.addReplica({ env })];
    const relays = await Promise.all(replicas.map(({ port }) => Relay.to(port, random.fork())));
    const targets = relays.map(({ port }, i) => ({
      url: `http://127.0.0.1:${port}`,
      name: `replica-${i + 1} by relay`,
    }));
    try {
      await world.boot();
      await world.populate();
      for (const relay of relays) relay.lost = 0.15;
      toDatabase.lost = 0.005;
      world.beginLoad({ refresh: 0.7, logout: 0.03, pause: 100 }, { available: targets });
      await sleep(12_000);
      for (const relay of [...relays, toDatabase]) relay.lost = 0;
      await world.recover(performance.now());
      await world.endLoad();
      const lost = relays.reduce((sum, relay) => sum + relay.lostCount, 0);
      judgement.figure('answers lost', lost);
      judgement.figure('answers of the database lost', toDatabase.lostCount);
      judgement.expect('I-3', lost > 20 && toDatabase.lostCount > 0, 'too little was lost to tell');
      await checkHistory(world);
    } finally {
      await world.close();
      for (const relay of [...relays, toDatabase]) relay.close();
    }
  },
};
