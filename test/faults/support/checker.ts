import { setTimeout as sleep } from 'node:timers/promises';
import { checkDatabase } from './database-checks.js';
import type { Chain } from './chain.js';
import { stringOf } from './client.js';
import { checkEndings, expectAccepted } from './endings-checks.js';
import type { Replica } from './replica.js';
import { BOUND_MS } from './revocation-probe.js';
import type { World } from './world.js';

/**
 * Replays the history against every replica and the database, once the fault is over and everybody is
 * ready: the last acknowledged operation of each session against what holds now.
 */
export async function checkHistory(world: World): Promise<void> {
  const { replicas, chains, judgement } = world;
  // Requests that were given up may still be under way in the database.
  await Promise.all(chains.map((chain) => chain.settle(replicas)));
  await world.endings.complete(replicas);
  // What was acknowledged just now holds everywhere within the bound, and not before.
  await sleep(BOUND_MS);
  await checkEnded(world);
  await checkDisabled(world);
  await checkEndings(world);
  await world.keyChanges.check();
  await Promise.all(chains.map((chain) => checkLive(world, chain)));
  await checkFirstTokens(world);
  await checkKeys(world);
  await checkDatabase(world);
  await world.leftovers?.check(world);
  judgement.figure('operations acknowledged', world.recorder.count('ok'));
  judgement.figure('refused', world.recorder.count('fail'));
  judgement.figure('unknown', world.recorder.count('unknown'));
  judgement.figure('replicas probed', replicas.length);
  const lost = chains.reduce((sum, chain) => sum + chain.lostToGrace, 0);
  if (lost > 0)
    judgement.figure('sessions over because the lost answer was older than the grace', lost);
}

/** I-1: whatever was acknowledged as ended is refused by every replica, in both its tokens. */
async function checkEnded({ chains, replicas, client, judgement }: World): Promise<void> {
  const ended = chains.flatMap((chain) => chain.ended);
  for (const { id, accessToken, refreshToken } of ended) {
    for (const replica of replicas) {
      const me = await client.send(replica, 'me', {
        method: 'GET',
        path: '/v1/auth/me',
        token: accessToken,
        session: id,
      });
      judgement.expect(
        'I-1',
        me.status === 401,
        `${replica.name} answers ${me.status} to a token of ended session ${id}`,
      );
    }
    const refreshed = await client.send(pick(replicas, ended.length), 'refresh', {
      method: 'POST',
      path: '/v1/auth/refresh',
      body: { refresh_token: refreshToken },
      session: id,
    });
    judgement.expect(
      'I-1',
      refreshed.status === 401,
      `ended session ${id} could be refreshed (${refreshed.status})`,
    );
  }
  judgement.figure('sessions ended', ended.length);
}

async function checkDisabled({ administrator, replicas, client, judgement }: World): Promise<void> {
  for (const { id, token, disabled } of administrator.users) {
    if (disabled !== 'yes' || token === undefined) continue;
    for (const replica of replicas) {
      const { status } = await client.send(replica, 'me', {
        method: 'GET',
        path: '/v1/auth/me',
        token,
        user: id,
      });
      judgement.expect(
        'I-1',
        status === 401,
        `${replica.name} answers ${status} to a token of disabled user ${id}`,
      );
    }
  }
}

/** I-2, I-3: the last token that the client knows yields one successor, the same one at every replica. */
async function checkLive({ replicas, client, judgement }: World, chain: Chain): Promise<void> {
  const successors = new Set<string>();
  const request = {
    method: 'POST',
    path: '/v1/auth/refresh',
    body: { refresh_token: chain.refreshToken },
    user: chain.who.id,
    session: chain.sessionId,
  };
  const answers = await Promise.all(
    replicas.map((replica) => client.send(replica, 'refresh', request)),
  );
  for (const [i, { status, body, record }] of answers.entries()) {
    judgement.expect(
      'I-3',
      status === 200,
      `the last known token of ${chain.sessionId} is refused by ${pick(replicas, i).name} with ${status} ${record.code}`,
    );
    successors.add(stringOf(body, 'refresh_token'));
    judgement.expect(
      'I-8',
      await isAcceptedEverywhere(stringOf(body, 'access_token'), replicas),
      'a new access token is not accepted everywhere',
    );
  }
  judgement.expect(
    'I-2',
    successors.size === 1,
    `session ${chain.sessionId} has ${successors.size} live successors`,
  );
  chain.refreshToken = [...successors][0] ?? '';
}

/** I-8: the very first tokens of sessions that still go on. */
async function checkFirstTokens(world: World): Promise<void> {
  for (const { sessionId, firstTokens } of world.chains) {
    for (const { session, token } of firstTokens) {
      if (session !== sessionId) continue;
      await expectAccepted(world, token, `the first of session ${session}`);
    }
  }
}

async function isAcceptedEverywhere(token: string, replicas: readonly Replica[]): Promise<boolean> {
  const statuses = await Promise.all(
    replicas.map(({ url }) =>
      fetch(`${url}/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } }).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        },
      ),
    ),
  );
  return statuses.every((status) => status === 200);
}

/** I-14: all replicas publish the same keys. */
async function checkKeys({ replicas, judgement }: World): Promise<void> {
  const sets = await Promise.all(
    replicas.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).text()),
  );
  judgement.expect('I-14', new Set(sets).size === 1, 'the replicas publish different keys');
}

function pick<T>(from: readonly T[], index: number): T {
  const item = from[index % from.length];
  if (item === undefined) throw new RangeError('There is none');
  return item;
}
