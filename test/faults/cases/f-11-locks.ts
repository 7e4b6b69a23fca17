import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { expectAnswersWithin } from '../support/outage.js';
import { World } from '../support/world.js';

/** A sign-in may wait for a hash and for locks in two places, each bounded. */
const SIGN_IN_WITHIN_MS = 10_000;

export const locks: Fault = {
  id: 'F-11',
  title: 'Locks that are waited for, and deadlocks',
  injected:
    'another client locks the principals of all chains for 1 s, again and again, in an order that deadlocks with ours; then for 6 s',
  load: 'sign-ins, sign-outs, refreshes and user changes of 12 chains on two replicas',
  isQuick: false,
  async run(parts) {
    const { judgement, server, random } = parts;
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    const other = await server.connect(world.database.name);
    try {
      world.beginLoad({ refresh: 0.3, logout: 0.3, pause: 120 });
      const people = [...new Set(world.chains.map(({ who }) => who.id))];
      const hold = async (ms: number) => {
        await other.beginTransaction();
        // The head of revocations first, then principals: the other way round than Signet.
        const statements = [
          'UPDATE revocation_head SET revision = revision WHERE id = 1',
          `UPDATE principals SET token_version = token_version WHERE id = '${random.pick(people)}'`,
        ];
        try {
          for (const statement of statements) await other.query(statement);
          await sleep(ms);
          await other.commit();
        } catch (error) {
          await other.rollback();
          if (!isDeadlock(error)) throw error;
          return true; // this time it was us who lost
        }
        return false;
      };
      let lost = 0;
      for (let i = 0; i < 8; i++) if (await hold(1000)) lost++;
      await hold(6000);
      await world.recover(performance.now());
      await world.endLoad();
      const [status] = await server.sql(
        `SELECT COUNT AS n FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'`,
      );
      judgement.figure('deadlocks of the server', Number(status?.['n'] ?? 0));
      judgement.figure('of those lost by the other client', lost);
      expectAnswersWithin(world, SIGN_IN_WITHIN_MS);
      await checkHistory(world);
    } finally {
      await other.end();
      await world.close({ keep: true });
    }
  },
};

function isDeadlock(error: unknown): boolean {
  const { code } = error as { code?: unknown }; // whatever mysql2 throws
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT';
}
