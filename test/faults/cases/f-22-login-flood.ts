import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

const FLOOD = 300;
/** Code, heap and buffers of a Node process as large as this; hashes come on top. In MiB. */
const BASE_MAX = 256;
const HASH_MIB = 19;
const SLOTS = 2;

export const loginFlood: Fault = {
  id: 'F-22',
  title: 'A flood of sign-ins under a memory ceiling',
  injected: `${FLOOD} sign-ins at once, a third with the right password, three times; --max-old-space-size=128, ${SLOTS} hashes at once`,
  load: '8 chains go on checking and refreshing',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const world = await World.start(parts, {
      replicas: 1,
      chains: 8,
      env: { HASH_CONCURRENCY: String(SLOTS) },
      replica: { nodeOptions: ['--max-old-space-size=128'] },
    });
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('There is no replica');
    try {
      world.beginLoad({ refresh: 0.3, logout: 0, pause: 150 });
      let peak = 0;
      const watch = setInterval(() => (peak = Math.max(peak, replica.rss ?? 0)), 20);
      const counts = new Map<number, number>();
      for (let round = 0; round < 3; round++) {
        const wave = Array.from({ length: FLOOD }, async (_, i) => {
          const who = world.chains[i % world.chains.length]?.who;
          const password = i % 3 === 0 ? who?.password : 'not the password of anybody';
          const { status } = await world.client.send(replica, 'login', {
            method: 'POST',
            path: '/v1/auth/login',
            body: { identifier: who?.username, password },
          });
          counts.set(status, (counts.get(status) ?? 0) + 1);
        });
        await Promise.all(wave);
      }
      clearInterval(watch);
      const causeEnded = performance.now();
      await world.recover(causeEnded);
      await world.endLoad();
      judgement.figure('answers', [...counts].map(([status, n]) => `${n} x ${status}`).join(', '));
      judgement.figure('peak memory, MiB', peak);
      const ceiling = BASE_MAX + SLOTS * HASH_MIB;
      judgement.expect('I-10', peak < ceiling, `${Math.round(peak)} MiB, above ${ceiling}`);
      judgement.expect(
        'I-6',
        [...counts.keys()].every((status) => [200, 401, 429, 503].includes(status)),
        `answers ${[...counts.keys()].join()}`,
      );
      judgement.expect(
        'I-6',
        (counts.get(503) ?? 0) > 0,
        'nobody was refused: the flood was too small',
      );
      await checkHistory(world);
    } finally {
      await world.close();
    }
  },
};
