import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

const KILLS = 3;

export const migrationKilled: Fault = {
  id: 'F-18',
  title: 'A migration is killed in the middle',
  injected: `SIGKILL to the first replica while it makes its tables, ${KILLS} times at other places; then two boot`,
  load: '4 chains, once all are ready',
  isQuick: false,
  async run(parts) {
    const { judgement, random, server } = parts;
    const world = await World.create(parts, { replicas: 2, chains: 4 });
    const [first] = world.replicas;
    if (first === undefined) throw new Error('There is no replica');
    const watch = await server.connect();
    const tables = async () => {
      const [rows] = await watch.query(
        `SELECT COUNT(*) AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${world.database.name}'`,
      );
      return Number((rows as { n: number }[])[0]?.n);
    };
    try {
      const places: number[] = [];
      let killAt = 0;
      for (let i = 0; i < KILLS; i++) {
        killAt = Math.max(killAt, await tables()) + Math.floor(random.between(1, 4));
        first.start();
        while ((await tables()) < killAt && first.isRunning) await sleep(1);
        await first.stop('SIGKILL');
        places.push(await tables());
      }
      judgement.figure('tables there at each kill', places.join(', '));
      await world.boot();
      judgement.expect('I-14', (await tables()) > killAt, 'it was killed after the last table');
      for (const { name, output } of world.replicas)
        judgement.expect(
          'I-14',
          !/"level":[56]0/.test(output),
          `${name} logged an error: ${output}`,
        );
      await world.populate();
      await checkHistory(world);
    } finally {
      await watch.end();
      await world.close({ keep: true });
    }
  },
};
