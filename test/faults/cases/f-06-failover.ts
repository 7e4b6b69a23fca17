import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { startGalera } from '../support/galera.js';
import { Relay } from '../support/relay.js';
import { World } from '../support/world.js';

/** Until the others of the cluster have agreed that the node is gone, and a recovery after that. */
const FAILOVER_WITHIN_MS = 20_000;

export const failover: Fault = {
  id: 'F-06',
  title: 'The node in use of a Galera cluster is killed',
  injected:
    'three nodes; SIGKILL to the one that all replicas use, and a relay that leads to the next',
  load: '12 chains and user changes on two replicas',
  isQuick: false,
  async run(parts) {
    const { judgement, random, scratch } = parts;
    const [first, second, third] = await startGalera(scratch);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('There are no three nodes');
    const relay = await Relay.to(first.port, random.fork());
    // What remains after the kill is what is checked.
    const world = await World.create({ ...parts, server: second }, { replicas: 0, chains: 12 });
    const env = { DATABASE_URL: second.url(world.database, relay.port) };
    await world.addReplica({ env });
    await world.addReplica({ env });
    try {
      await world.boot();
      await world.populate();
      world.beginLoad();
      await sleep(4000);
      await first.stop('SIGKILL');
      const killed = performance.now();
      relay.switchTo(second.port);
      await world.recover(killed, FAILOVER_WITHIN_MS);
      await sleep(3000);
      await world.endLoad();
      const acknowledged = world.recorder.records.filter(
        ({ t0, outcome, op }) => outcome === 'ok' && op !== 'live' && t0 < killed,
      );
      judgement.figure('acknowledged before the kill', acknowledged.length);
      await checkHistory(world);
    } finally {
      await world.close();
      relay.close();
      for (const node of [first, second, third]) await node.stop();
    }
  },
};
