import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { LoadBalancer } from '../support/load-balancer.js';
import { World } from '../support/world.js';

export const replicaStalled: Fault = {
  id: 'F-21',
  title: 'A replica stands still',
  injected:
    'SIGSTOP to one of two replicas for 6 s; meanwhile the other one ends sessions, and hears that a key is compromised; afterwards two keys in a row are, and a token of the next is revoked at the one that has not heard',
  load: '12 chains; the tokens just revoked wait in the queue of the one that stands still',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    const balancer = new LoadBalancer(world.replicas);
    const [stalled, other] = world.replicas;
    if (stalled === undefined || other === undefined) throw new Error('There are no two replicas');
    try {
      const victims = world.chains.slice(0, 4);
      stalled.signal('SIGSTOP');
      for (const chain of victims) await chain.logout(other);
      const tokens = victims.flatMap(({ ended }) => ended.map(({ accessToken }) => accessToken));
      // Of the one key, as those of all others: they go on with tokens of the next.
      tokens.push(await world.keyChanges.compromise(other));
      await world.keyChanges.renew(other);
      world.beginLoad(undefined, { available: [other] });
      // Sent while it stands still, so answered before it has polled again.
      const waiting = tokens.map((token) =>
        world.client.send(stalled, 'me', { method: 'GET', path: '/v1/auth/me', token }),
      );
      await sleep(6000);
      stalled.signal('SIGCONT');
      const causeEnded = performance.now();
      const statuses = (await Promise.all(waiting)).map(({ status }) => status);
      judgement.figure('answers to revoked tokens on waking', statuses.join(', '));
      judgement.expect(
        'I-1',
        statuses.length > 0 && statuses.every((status) => status === 401 || status === 503),
        `revoked tokens were answered with ${statuses.join(', ')}`,
      );
      await world.recover(causeEnded);
      await world.endLoad();
      for (let i = 0; i < 3; i++) await world.keyChanges.revokeElsewhere(other, stalled);
      await checkHistory(world);
    } finally {
      stalled.signal('SIGCONT');
      balancer.stop();
      await world.close({ keep: true });
    }
  },
};
