import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { LoadBalancer, roll } from '../support/load-balancer.js';
import { World } from '../support/world.js';

export const sigterm: Fault = {
  id: 'F-19',
  title: 'SIGTERM under load',
  injected: 'SIGTERM to one of two replicas; the balancer asks for readiness every 100 ms',
  load: '16 chains and user changes through the balancer',
  isQuick: true,
  async run(parts) {
    const world = await World.start(parts, { replicas: 2, chains: 16 });
    const balancer = new LoadBalancer(world.replicas);
    try {
      world.beginLoad({ refresh: 0.4, logout: 0.02, pause: 80 }, balancer);
      await sleep(1500);
      await roll(world, parts.random.pick(world.replicas));
      await sleep(500);
      await world.endLoad();
      await checkHistory(world);
    } finally {
      balancer.stop();
      await world.close({ keep: true });
    }
  },
};
