import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { revertLastMigration } from '../support/migrations.js';
import { World } from '../support/world.js';

export const bootTogether: Fault = {
  id: 'F-17',
  title: 'Replicas boot at once, on an empty database and on the schema before',
  injected: 'five replicas (quick: three) started at the same moment, twice',
  load: '4 chains, once all are ready',
  isQuick: true,
  async run(parts, quick) {
    const { judgement } = parts;
    const world = await World.create(parts, { replicas: quick ? 3 : 5, chains: 4 });
    try {
      await world.boot();
      const steps = await migrationsOf(world);
      await Promise.all(world.replicas.map((replica) => replica.stop('SIGINT')));
      await revertLastMigration(world);
      judgement.expect('I-14', (await migrationsOf(world)) === steps - 1, 'no step was taken back');
      await world.boot();
      judgement.expect(
        'I-14',
        (await migrationsOf(world)) === steps,
        'the step that was taken back was not made again, once',
      );
      for (const { name, output } of world.replicas) {
        judgement.expect(
          'I-14',
          !/"level":[56]0/.test(output),
          `${name} logged an error: ${output}`,
        );
      }
      await world.populate();
      judgement.figure('migrations', steps);
      await checkHistory(world);
    } finally {
      await world.close();
    }
  },
};

async function migrationsOf({ server, database }: World): Promise<number> {
  const [row] = await server.sql('SELECT COUNT(*) AS n FROM migrations', database.name);
  return Number(row?.['n']);
}
