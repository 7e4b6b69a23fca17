import { networkInterfaces } from 'node:os';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { NotPossibleHere } from '../support/judgement.js';
import { World } from '../support/world.js';

const LOOPBACK = '::1';

export const ipv6Only: Fault = {
  id: 'F-29',
  title: 'No IPv4, and names instead of addresses',
  injected: `HOST=${LOOPBACK}; the database by the name localhost`,
  load: '4 chains, once both replicas are ready',
  isQuick: false,
  async run(parts) {
    const addresses = Object.values(networkInterfaces()).flatMap((known) => known ?? []);
    if (!addresses.some(({ address }) => address === LOOPBACK))
      throw new NotPossibleHere('This machine has no IPv6 loopback.');
    const { judgement, server } = parts;
    const world = await World.create(parts, { replicas: 0, chains: 4, env: { HOST: LOOPBACK } });
    const byName = server.url(world.database).replace('127.0.0.1', 'localhost');
    for (let i = 0; i < 2; i++) await world.addReplica({ env: { DATABASE_URL: byName } });
    try {
      await world.boot();
      await world.populate();
      for (const { name, port } of world.replicas)
        judgement.expect(
          'I-7',
          !(await isThere(`http://127.0.0.1:${port}`)),
          `${name} listens at another address than it was told`,
        );
      await checkHistory(world);
    } finally {
      await world.close();
    }
  },
};

async function isThere(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return true;
    },
    () => false, // refused, as it should be
  );
}
