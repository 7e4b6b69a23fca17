import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from './chain.js';
import { stringOf } from './client.js';
import type { Replica } from './replica.js';
import { BOUND_MS } from './revocation-probe.js';
import type { Victim } from './victims.js';
import { tokenOf } from './victims.js';
import type { World } from './world.js';

/**
 * I-3 between clocks that do not agree: the answer to a refresh at `one` never arrives, and the client asks
 * `other`, which must go on in the same place and take nobody for a thief.
 */
export async function expectSameSuccessor(
  { client, judgement }: World,
  chain: Chain,
  [one, other]: readonly [Replica, Replica],
  when: string,
): Promise<void> {
  const lost = await client.send(one, 'refresh', {
    method: 'POST',
    path: '/v1/auth/refresh',
    body: { refresh_token: chain.refreshToken },
    user: chain.who.id,
    session: chain.sessionId,
  });
  const status = await chain.refresh(other);
  const what = `${when}: ${one.name} answered ${lost.status}, ${other.name} ${status}`;
  judgement.expect('I-3', lost.status === 200 && status === 200, what);
  judgement.expect(
    'I-2',
    stringOf(lost.body, 'refresh_token') === chain.refreshToken,
    `a lost answer and the one to asking again differ ${what}`,
  );
}

/**
 * I-1 between clocks that do not agree: a client revokes a token, fresh where it was issued, at a replica to
 * which it may seem to be over, or not good yet. The client's other token, of the same moment, shows that
 * it did not just expire.
 */
export async function expectRevocable(
  world: World,
  { who, one, two }: Victim,
  { issuing, revoking }: { readonly issuing: Replica; readonly revoking: Replica },
  when: string,
): Promise<void> {
  const { client, judgement } = world;
  const tokens: string[] = [];
  for (const { secret } of [one, two]) {
    const { body } = await client.send(issuing, 'client-token', tokenOf(who.id, secret));
    tokens.push(stringOf(body, 'access_token'));
  }
  const [revoked = '', other = ''] = tokens;
  const { status } = await client.send(revoking, 'oauth-revoke', {
    method: 'POST',
    path: '/oauth/revoke',
    form: { token: revoked, client_id: who.id, client_secret: one.secret },
    user: who.id,
  });
  judgement.expect('I-1', status === 200, `${revoking.name} answers ${status} to /oauth/revoke`);
  const took = await untilRefused(world, issuing, revoked);
  judgement.figure(`last accepted ${when}, ms after it was revoked`, took);
  judgement.expect('I-1', took <= BOUND_MS, `a token is taken for ${took} ms ${when}`);
  judgement.expect(
    'I-8',
    (await statusOf(world, issuing, other)) === 403, // good, and of nobody whom the route is for
    `the other token is not good any more ${when}: whether one was revoked was not seen`,
  );
}

/** When the last request that was accepted had been sent, in ms from now; infinite when that goes on. */
async function untilRefused(world: World, replica: Replica, token: string): Promise<number> {
  const began = performance.now();
  let accepted = 0;
  for (;;) {
    const sent = performance.now() - began;
    const status = await statusOf(world, replica, token);
    if (status === 401) return accepted;
    if (sent > BOUND_MS) return Infinity;
    accepted = sent;
    await sleep(10);
  }
}

async function statusOf({ client }: World, replica: Replica, token: string): Promise<number> {
  return (await client.send(replica, 'me', { method: 'GET', path: '/v1/auth/me', token })).status;
}
