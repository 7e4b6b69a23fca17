import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../../support/redis-server.js';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { NotPossibleHere } from '../support/judgement.js';
import { expectAnswersWithin } from '../support/outage.js';
import { RevocationProbe } from '../support/revocation-probe.js';
import { World } from '../support/world.js';

/** Nothing waits for the bus, so an answer takes what it takes without one: a sign-in's hash above all. */
const ANSWER_WITHIN_MS = 3000;
/** Of a replica, over the whole of it, in MiB: far less than a queue of everything that was told. */
const GROWTH_MAX = 120;

export const busLost: Fault = {
  id: 'F-15',
  title: 'The bus is not there, hangs, dies and comes back',
  injected:
    'boot without Redis; then it starts; SIGSTOP for 10 s; SIGKILL, and a start 5 s later; SIGKILL for good',
  load: '12 chains and user changes on two replicas; a session is ended in each state and tried at the other one',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const redis = await RedisServer.create();
    if (redis === undefined) throw new NotPossibleHere('Redis is not installed (redis-server).');
    try {
      await redis.kill();
      const world = await World.start(parts, {
        replicas: 2,
        chains: 12,
        env: { REDIS_URL: redis.url() },
      });
      try {
        const probe = new RevocationProbe(world);
        await probe.prepare(9);
        const memory = world.replicas.map(({ rss }) => rss ?? 0);
        const began = performance.now();
        const inState = async (state: string, ms: number) => {
          await probe.measure(state);
          await sleep(ms);
          await probe.measure(`${state} for ${ms / 1000} s`);
        };
        world.beginLoad({ refresh: 0.3, logout: 0.2, pause: 100 });
        await inState('without a bus', 3000);
        await redis.start();
        await sleep(5500); // the pause between two tries is 5 s at the most
        await probe.measure('with the bus');
        redis.signal('SIGSTOP');
        await inState('while the bus hangs', 10_000);
        redis.signal('SIGCONT');
        await sleep(5500);
        await redis.kill();
        await inState('while the bus is dead', 5000);
        await redis.start();
        await sleep(5500);
        await probe.measure('with the bus again');
        await redis.kill();
        await world.endLoad();
        expectAnswersWithin(world, ANSWER_WITHIN_MS, began);
        await world.recover(performance.now());
        const growth = world.replicas.map(({ rss }, i) => (rss ?? 0) - (memory[i] ?? 0));
        judgement.figure('most that a replica grew, MiB', Math.max(...growth));
        judgement.expect('I-10', Math.max(...growth) < GROWTH_MAX, 'something queues for the bus');
        judgement.expect(
          'I-9',
          world.recorder.records.every(({ status }) => status !== 0 && status < 500),
          'a request failed because of the bus',
        );
        for (const { name, output } of world.replicas) {
          const outages = output.match(/The bus is away/g)?.length ?? 0;
          judgement.expect('I-10', outages === 4, `${name} logged ${outages} outages, of 4`);
        }
        probe.handOver();
        await checkHistory(world);
      } finally {
        await world.close();
      }
    } finally {
      redis.signal('SIGCONT');
      await redis.close();
    }
  },
};
