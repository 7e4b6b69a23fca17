import { setTimeout as sleep } from 'node:timers/promises';
import { Chain } from './chain.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

/** `REVOCATION_MAX_STALENESS` by default, in ms. */
export const BOUND_MS = 2000;
const GIVE_UP_AFTER_MS = 10_000;

/** Ends sessions of people of its own, and measures how long another replica goes on accepting them. */
export class RevocationProbe {
  private readonly chains: Chain[] = [];
  private readonly slowest = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** Makes `count` sessions that nobody else uses. */
  async prepare(count: number): Promise<void> {
    const { world } = this;
    const [first] = world.replicas;
    if (first === undefined) throw new Error('There is no replica');
    const person = await world.administrator.createUser(first);
    if (person === undefined) throw new Error('A user could not be made');
    for (let i = 0; i < count; i++) {
      const chain = new Chain(person, world.client, world.judgement, world.random.fork());
      if (!(await chain.login(first))) throw new Error('A probe could not sign in');
      this.chains.push(chain);
    }
  }

  /** I-1 in time: ends a session at one replica; the other one may accept it for the bound. */
  async measure(when: string): Promise<void> {
    const [one, other] = this.world.random.next() < 0.5 ? [0, 1] : [1, 0];
    const chain = this.chains.find(({ isSignedIn }) => isSignedIn);
    const [ending, accepting] = [this.world.replicas[one], this.world.replicas[other]];
    if (chain === undefined || ending === undefined || accepting === undefined)
      throw new Error('There is no session left, or no second replica');
    const { accessToken } = chain;
    await chain.logout(ending);
    const took = await this.untilRefused(accepting, accessToken);
    const { judgement } = this.world;
    const slowest = Math.max(took, this.slowest.get(when) ?? 0);
    this.slowest.set(when, slowest);
    judgement.figure(`last accepted elsewhere ${when}, ms after its end`, slowest);
    judgement.expect('I-1', took <= BOUND_MS, `accepted elsewhere for ${took} ms, ${when}`);
  }

  /** Has the checker look at those sessions as well; call it when the load has ended. */
  handOver(): void {
    this.world.chains.push(...this.chains);
  }

  /** When the last request that was accepted had been sent, in ms from now; 0 when none was. */
  private async untilRefused(replica: Replica, token: string): Promise<number> {
    const began = performance.now();
    let accepted = 0;
    for (;;) {
      const sent = performance.now() - began;
      const { status } = await this.world.client.send(replica, 'me', {
        method: 'GET',
        path: '/v1/auth/me',
        token,
      });
      if (status === 401) return accepted;
      if (status === 200) accepted = sent;
      if (sent > GIVE_UP_AFTER_MS) return Infinity;
      await sleep(5);
    }
  }
}
