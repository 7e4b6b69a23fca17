import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

export const killReplica: Fault = {
  id: 'F-01',
  title: 'A replica is killed while tokens rotate',
  injected:
    'SIGKILL to one of two replicas in turn, every 3 s, and a start right after; the keys are rotated in between, and last a key is declared compromised at a replica that is killed right after',
  load: '16 chains of refreshes, sign-outs and user changes on both replicas',
  isQuick: true,
  async run(parts, quick) {
    const world = await World.start(parts, { replicas: 2, chains: 16 });
    try {
      world.beginLoad({ refresh: 0.75, logout: 0.03, pause: 90 });
      const kills = quick ? 3 : 10;
      let causeEnded = performance.now();
      for (let i = 0; i < kills; i++) {
        await sleep(parts.random.between(1500, quick ? 2000 : 3000));
        const victim = parts.random.pick(world.replicas);
        await victim.stop('SIGKILL');
        victim.start();
        causeEnded = performance.now();
        await victim.ready();
        if (i === Math.floor(kills / 2)) await world.keyChanges.rotate(victim);
      }
      await world.recover(causeEnded, world.recoveryWithBoot);
      await world.endLoad();
      parts.judgement.figure('kills', kills);
      const declaring = parts.random.pick(world.replicas);
      await world.keyChanges.compromise(declaring);
      await declaring.stop('SIGKILL');
      declaring.start();
      await declaring.ready();
      await world.keyChanges.renew(declaring);
      await checkHistory(world);
    } finally {
      await world.close({ keep: true });
    }
  },
};
