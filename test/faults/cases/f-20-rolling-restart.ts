import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { LoadBalancer, roll } from '../support/load-balancer.js';
import { World } from '../support/world.js';

const ROUNDS = 10;

export const rollingRestart: Fault = {
  id: 'F-20',
  title: 'Rolling restart, ten times',
  injected:
    'SIGTERM, end, start and readiness of one replica after the other, ten rounds over two; the keys are rotated in the middle',
  load: '12 chains and user changes through a balancer that asks for readiness every 100 ms',
  isQuick: false,
  async run(parts) {
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    const balancer = new LoadBalancer(world.replicas);
    try {
      world.beginLoad(undefined, balancer);
      for (let round = 0; round < ROUNDS; round++) {
        for (const replica of world.replicas) await roll(world, replica);
        if (round === ROUNDS / 2) await world.keyChanges.rotate(parts.random.pick(world.replicas));
      }
      await sleep(500);
      await world.endLoad();
      parts.judgement.figure('restarts', ROUNDS * world.replicas.length);
      await checkHistory(world);
    } finally {
      balancer.stop();
      await world.close({ keep: true });
    }
  },
};
