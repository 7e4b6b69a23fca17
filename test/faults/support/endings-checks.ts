import { hasExpired, kidOf } from './glass-box.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

/** I-1 for every way in which access ends, and that nothing ends with it that should not. */
export async function checkEndings(world: World): Promise<void> {
  const { endings, client, judgement, random, replicas } = world;
  const { acknowledged, underLoad } = endings;
  for (const { name, dead, alive, trials } of acknowledged) {
    for (const token of dead)
      for (const replica of replicas) {
        const status = await statusOf(world, replica, token);
        judgement.expect(
          'I-1',
          status === 401,
          `${replica.name} answers ${status} to a token although ${name}`,
        );
      }
    for (const token of alive) await expectAccepted(world, token, `although only ${name}`);
    for (const { what, op, request, status: right } of trials) {
      const { status } = await client.send(random.pick(replicas), op, request);
      judgement.expect(
        right === 401 ? 'I-1' : op === 'login' ? 'I-4' : 'I-8',
        status === right,
        `${what} is answered ${status}, not ${right}, after ${name}`,
      );
    }
  }
  judgement.figure('ends of access in other ways', acknowledged.length);
  judgement.figure('of those under load', underLoad);
}

/** I-8, or I-1 when the key that signed the token was compromised. */
export async function expectAccepted(world: World, token: string, why: string): Promise<void> {
  if (hasExpired(token)) return;
  const isCompromised = world.compromised.has(kidOf(token));
  for (const replica of world.replicas) {
    const { name } = replica;
    const status = await statusOf(world, replica, token);
    if (isCompromised)
      world.judgement.expect(
        'I-1',
        status === 401,
        `${name} answers ${status} to a token of a compromised key`,
      );
    else
      world.judgement.expect(
        'I-8',
        status === 200 || status === 403,
        `${name} answers ${status} to a good token, ${why}`,
      );
  }
}

/** 401 for a token that is not good, and 403 for one of a service account that is: the route is for people. */
async function statusOf({ client }: World, replica: Replica, token: string): Promise<number> {
  const request = { method: 'GET', path: '/v1/auth/me', token };
  return (await client.send(replica, 'me', request)).status;
}
