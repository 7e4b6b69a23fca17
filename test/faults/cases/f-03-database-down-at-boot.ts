import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

export const databaseDownAtBoot: Fault = {
  id: 'F-03',
  title: 'The database is down at the start',
  injected: 'replicas started first, mariadbd 20 s later',
  load: '4 chains, once all are ready',
  isQuick: false,
  async run(parts) {
    const { server, judgement } = parts;
    const world = await World.create(parts, { replicas: 2, chains: 4 });
    try {
      await server.stop('SIGTERM');
      for (const replica of world.replicas) replica.start();
      await sleep(20_000);
      for (const replica of world.replicas) {
        judgement.expect('I-9', replica.isRunning, `${replica.name} ended: ${replica.output}`);
        const send = (op: 'live' | 'login', method: string, path: string) =>
          world.client.send(replica, op, { method, path, ...(op === 'login' ? { body: {} } : {}) });
        judgement.expect(
          'I-6',
          (await send('live', 'GET', '/health/live')).status === 200,
          'not alive',
        );
        judgement.expect(
          'I-6',
          !(await replica.isReady()),
          `${replica.name} says that it is ready`,
        );
        const { status } = await send('login', 'POST', '/v1/auth/login');
        judgement.expect('I-6', status === 503, `a sign-in is answered with ${status}`);
      }
      await server.start();
      await world.recover(performance.now());
      for (const replica of world.replicas)
        judgement.expect('I-10', replica.isRunning, `${replica.name} had to be restarted`);
      await world.populate();
      await checkHistory(world);
    } finally {
      await world.close({ keep: true });
    }
  },
};
