import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import { FakeClock } from '../support/fake-clock.js';
import type { Fault } from '../support/fault.js';
import { expectRevocable, expectSameSuccessor } from '../support/skew-checks.js';
import { Victims } from '../support/victims.js';
import { World } from '../support/world.js';

const SHORT_TTL_MS = 3000;
const LEEWAY_MS = 1000;

export const clockJumps: Fault = {
  id: 'F-14',
  title: 'The clock of a replica jumps by an hour',
  injected:
    'libfaketime under one of two replicas, live: an hour forward, an hour back, then right again',
  load: '8 sessions: one half ended before the jumps, one token expired; answers to refreshes that are lost, and a client that revokes its tokens, across the two clocks',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch } = parts;
    const clock = FakeClock.create(scratch);
    const jump = async (by: string) => {
      clock.move(by);
      await sleep(1500); // until the library has read it and a poll has gone by
    };
    const world = await World.create(parts, {
      replicas: 1,
      chains: 8,
      env: { ACCESS_TOKEN_TTL: `${SHORT_TTL_MS}ms`, CLOCK_LEEWAY: `${LEEWAY_MS}ms` },
    });
    const [right] = world.replicas;
    const moved = await world.addReplica({ env: clock.env });
    if (right === undefined) throw new Error('There is no replica');
    try {
      await world.boot();
      await world.populate();
      const { chains } = world;
      const account = await new Victims(world.client, world.administrator).account(right);
      const retrying = chains[6];
      if (account === undefined || retrying === undefined)
        throw new Error('There is nobody to lose answers, or to revoke tokens');
      for (const chain of chains.slice(0, 4)) {
        await chain.refresh(right);
        await chain.logout(right);
      }
      const expired = chains[4]?.accessToken ?? '';
      await sleep(SHORT_TTL_MS + LEEWAY_MS + 500);
      const me = async (token: string) =>
        (await world.client.send(moved, 'me', { method: 'GET', path: '/v1/auth/me', token }))
          .status;
      const expectNothingRevived = async (when: string) => {
        const dead = [
          expired,
          ...chains.flatMap(({ ended }) => ended.map((end) => end.accessToken)),
        ];
        for (const token of dead)
          judgement.expect('I-12', (await me(token)) === 401, `a dead token is taken ${when}`);
        for (const { refreshToken } of chains.flatMap(({ ended }) => ended)) {
          const { status } = await world.client.send(moved, 'refresh', {
            method: 'POST',
            path: '/v1/auth/refresh',
            body: { refresh_token: refreshToken },
          });
          judgement.expect('I-12', status === 401, `an ended session goes on ${when}: ${status}`);
        }
        // Staleness is counted by the monotonic clock, which did not jump.
        judgement.expect('I-12', await moved.isReady(), `the replica is not ready ${when}`);
      };
      await expectNothingRevived('before any jump');
      for (const [by, when] of [
        ['+1h', 'an hour ahead'],
        ['-1h', 'an hour behind'],
      ] as const) {
        await jump(by);
        await expectNothingRevived(when);
        const fresh = chains[5];
        await fresh?.refresh(right);
        judgement.expect(
          'I-12',
          (await me(fresh?.accessToken ?? '')) === 401,
          `a token from the other time is taken ${when}`,
        );
        const lostThere = `lost answers of a replica ${when}`;
        await expectSameSuccessor(world, retrying, [moved, right], lostThere);
        const lostHere = `lost answers of a replica, asked again of one ${when}`;
        await expectSameSuccessor(world, retrying, [right, moved], lostHere);
        const sides = { issuing: right, revoking: moved };
        await expectRevocable(world, account, sides, `when revoked at a replica ${when}`);
      }
      await jump('+0');
      const causeEnded = performance.now();
      for (const chain of chains) if (chain.isSignedIn) await chain.refresh(right);
      await world.recover(causeEnded);
      await expectNothingRevived('after the jumps');
      judgement.figure('tokens tried while the clock was wrong', 2 * 6);
      await checkMoments(world);
    } finally {
      await world.close();
    }
  },
};

/** As `checkHistory`, of which the first tokens have expired by now. */
async function checkMoments(world: World): Promise<void> {
  for (const chain of world.chains) chain.firstTokens.length = 0;
  await checkHistory(world);
}
