import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import { DeadTokens } from '../support/dead-tokens.js';
import { FakeClock } from '../support/fake-clock.js';
import type { Fault } from '../support/fault.js';
import { MariadbServer } from '../support/mariadb-server.js';
import type { Replica } from '../support/replica.js';
import { expectRevocable } from '../support/skew-checks.js';
import { Victims } from '../support/victims.js';
import { World } from '../support/world.js';

/** Long enough for every replica to remove expired rows (each minute) and to sweep its index (each second). */
const AHEAD_FOR_MS = 75_000;
/** Within which the hour must lie: rows of revocations are kept for this long, and two minutes. */
const TTL = '10m';
const REFRESH_EVERY_MS = 3000;

export const databaseClockJumps: Fault = {
  id: 'F-14b',
  title: 'The clock of the database jumps by an hour',
  injected: `libfaketime under mariadbd, live: an hour forward for ${AHEAD_FOR_MS / 1000} s, then right again; one replica is started anew meanwhile, another one afterwards`,
  load: '12 sessions on three replicas; a third is ended before, and access is ended in every other way; those tokens are tried all the time, while the other sessions go on',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const clock = FakeClock.create(scratch, 'libfaketimeMT.so.1');
    const server = await MariadbServer.create(scratch, { env: clock.env });
    const world = await World.create(
      { ...parts, server },
      {
        replicas: 3,
        chains: 12,
        env: { ACCESS_TOKEN_TTL: TTL, ACCESS_TOKEN_MAX_TTL: TTL },
      },
    );
    const [first, second, third] = world.replicas;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('There are not three replicas');
    try {
      await world.boot();
      await world.populate();
      for (const chain of world.chains.slice(0, 4)) await chain.logout(first);
      await world.endings.complete(world.replicas);
      await sleep(2500); // until every replica knows of it
      const dead = new DeadTokens(world);
      const before = await revisionsOf(world);
      await dead.expectRefused('before the jump');
      clock.move('+1h');
      const jumped = performance.now();
      await goOnUntil(world, jumped + 15_000);
      judgement.figure('revocations that the database took for expired', await expiredOf(world));
      judgement.expect('I-12', (await expiredOf(world)) > 0, 'the clock did not jump far enough');
      await dead.expectRefused('while the clock is ahead');
      await world.administrator.createUser(first); // whose number is in the name of the account
      const account = await new Victims(world.client, world.administrator).account(first);
      if (account === undefined) throw new Error('There is nobody to revoke tokens');
      const sides = { issuing: first, revoking: second };
      await expectRevocable(world, account, sides, 'when revoked while the database is ahead');
      await startAnew(second);
      await dead.expectRefused('after a start while the clock is ahead');
      await goOnUntil(world, jumped + AHEAD_FOR_MS);
      await dead.expectRefused('after more than a minute ahead');
      clock.move('+0');
      const causeEnded = performance.now();
      await world.recover(causeEnded);
      await goOnUntil(world, causeEnded + 5000);
      await dead.expectRefused('when the clock is right again');
      await startAnew(third);
      await dead.expectRefused('after a start when the clock is right again');
      await dead.end();
      const after = new Set(await revisionsOf(world));
      const lost = before.filter((revision) => !after.has(revision));
      judgement.figure('revocations stored before the jump', before.length);
      judgement.expect('I-12', lost.length === 0, `${lost.length} revocations were removed`);
      await checkHistory(world);
    } finally {
      await world.close();
      await server.stop();
    }
  },
};

/** I-3: sessions go on at every replica, whatever the time of the database. */
async function goOnUntil({ chains, replicas, random }: World, until: number): Promise<void> {
  do {
    for (const chain of chains) if (chain.isSignedIn) await chain.refresh(random.pick(replicas));
    await sleep(REFRESH_EVERY_MS);
  } while (performance.now() < until);
}

async function startAnew(replica: Replica): Promise<void> {
  await replica.stop('SIGTERM');
  replica.start();
  await replica.ready();
}

async function revisionsOf(world: World): Promise<readonly string[]> {
  const rows = await world.select<{ revision: unknown }>('SELECT revision FROM revoked_tokens');
  return rows.map(({ revision }) => String(revision));
}

async function expiredOf(world: World): Promise<number> {
  const [row] = await world.select<{ n: unknown }>(
    'SELECT COUNT(*) AS n FROM revoked_tokens WHERE expires_at < UNIX_TIMESTAMP() * 1000',
  );
  return Number(row?.n);
}
