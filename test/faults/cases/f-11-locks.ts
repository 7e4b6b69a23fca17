import { setTimeout as sleep } from 'node:timers/promises';
import { Chain } from '../support/chain.js';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { Intruder } from '../support/intruder.js';
import type { Fate } from '../support/intruder.js';
import { expectAnswersWithin } from '../support/outage.js';
import { World } from '../support/world.js';

/** A sign-in may wait for a hash and for locks in two places, each bounded. */
const SIGN_IN_WITHIN_MS = 10_000;
const ROUNDS = 8;

export const locks: Fault = {
  id: 'F-11',
  title: 'Locks that are waited for, and deadlocks',
  injected: `another client, whose transactions are the heavier ones, locks principals for 1 s, ${ROUNDS} times, in an order that deadlocks with ours; then for 6 s`,
  load: 'sign-ins, sign-outs, refreshes and user changes of 12 chains on two replicas; somebody signs out everywhere in each deadlock',
  isQuick: false,
  async run(parts) {
    const { judgement, random } = parts;
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    const intruder = await Intruder.on(world);
    try {
      const people = [...new Set(world.chains.map(({ who }) => who.id))];
      const leaving = await signInToLeave(world);
      world.beginLoad({ refresh: 0.3, logout: 0.3, pause: 120 });
      const before = await intruder.deadlocks();
      const fates: Fate[] = [];
      const statuses: number[] = [];
      for (const chain of leaving) {
        const held = intruder.hold([chain.who.id, random.pick(people)], 1000);
        await sleep(100); // the head is locked; who signs out locks their principal and waits for it
        statuses.push(await logoutAll(world, chain));
        fates.push(await held);
      }
      fates.push(await intruder.hold([random.pick(people)], 6000));
      await world.recover(performance.now());
      await world.endLoad();
      const all = (await intruder.deadlocks()) - before;
      const lost = fates.filter((fate) => fate === 'lost a deadlock').length;
      judgement.figure('deadlocks', all);
      judgement.figure('of those lost by the other client', lost);
      judgement.figure(
        'times that it waited in vain',
        fates.filter((fate) => fate === 'waited in vain').length,
      );
      judgement.figure('answers to who signed out everywhere', statuses.join(', '));
      judgement.expect('I-4', all - lost > 0, 'Signet lost no deadlock: nothing was tried');
      judgement.expect(
        'I-4',
        statuses.every((status) => status === 204),
        `what lost a deadlock was not done again: ${statuses.join(', ')}`,
      );
      expectAnswersWithin(world, SIGN_IN_WITHIN_MS);
      await checkHistory(world);
    } finally {
      await intruder.leave();
      await world.close({ keep: true });
    }
  },
};

/** One person with a session for each round: their own, so that nobody else's session ends with it. */
async function signInToLeave(world: World): Promise<readonly Chain[]> {
  const { administrator, client, judgement, random, replicas } = world;
  const chains: Chain[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const replica = random.pick(replicas);
    const who = await administrator.createUser(replica);
    const chain = who && new Chain(who, client, judgement, random.fork());
    if (chain === undefined || !(await chain.login(replica)))
      throw new Error('Somebody could not sign in');
    chains.push(chain);
  }
  return chains;
}

async function logoutAll({ client, random, replicas }: World, chain: Chain): Promise<number> {
  const { status } = await client.send(random.pick(replicas), 'logout-all', {
    method: 'POST',
    path: '/v1/auth/logout-all',
    token: chain.accessToken,
    user: chain.who.id,
    session: chain.sessionId,
  });
  return status;
}
