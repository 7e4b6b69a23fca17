import { setTimeout as sleep } from 'node:timers/promises';
import { Chain } from './chain.js';
import type { Answer } from './client.js';
import type { Replica } from './replica.js';
import { BOUND_MS } from './revocation-probe.js';
import type { World } from './world.js';

const EVERY_MS = 100;

interface Asked {
  readonly about: 'good' | 'revoked';
  readonly sent: number;
  readonly replica: string;
  readonly answer: Answer;
}

/**
 * Asks what needs no database, which is whether an access token is active: who asks is told from a token as
 * well, so all of the answer is in memory, and only the age of the revocation index can speak against it.
 * What other routes answer in an outage shows that they cannot read, not that the index fails closed.
 */
export class IndexProbe {
  private readonly asked: Asked[] = [];
  private isAsking = false;
  private asking: Promise<unknown> = Promise.resolve();
  private endedAt = 0;

  private constructor(
    private readonly world: World,
    private readonly good: Chain,
    private readonly revoked: Chain,
  ) {}

  /** Signs somebody in twice. */
  static async prepare(world: World): Promise<IndexProbe> {
    const { administrator, client, judgement, random, replicas } = world;
    const replica = random.pick(replicas);
    const who = await administrator.createUser(replica);
    if (who === undefined) throw new Error('A user could not be made');
    const chains: Chain[] = [];
    for (let i = 0; i < 2; i++) {
      const chain = new Chain(who, client, judgement, random.fork());
      if (!(await chain.login(replica))) throw new Error('A probe could not sign in');
      chains.push(chain);
    }
    const [good, revoked] = chains as [Chain, Chain]; // two, as made above
    return new IndexProbe(world, good, revoked);
  }

  /** Ends one of the sessions, and asks about both from then on: call it just before the outage. */
  async begin(): Promise<void> {
    const { random, replicas } = this.world;
    const { accessToken } = this.revoked;
    await this.revoked.logout(random.pick(replicas));
    if (this.revoked.ended.length === 0) throw new Error('A session could not be ended');
    this.endedAt = performance.now();
    this.isAsking = true;
    this.asking = Promise.all(
      replicas.map(async (replica) => {
        while (this.isAsking) {
          await this.ask(replica, 'good', this.good.accessToken);
          await this.ask(replica, 'revoked', accessToken);
          await sleep(EVERY_MS);
        }
      }),
    );
  }

  /**
   * I-6 and I-1: a token that was revoked just before is active nowhere after the bound, and nobody who has
   * not heard of the database for that long says anything of any token. Call it before the cause ends.
   *
   * @param since when the outage had begun for certain.
   */
  async end(since: number): Promise<void> {
    const { judgement } = this.world;
    this.isAsking = false;
    await this.asking;
    let closed = 0;
    for (const { about, sent, replica, answer } of this.asked) {
      const { status } = answer;
      const isActive = (answer.body as { active?: unknown } | undefined)?.active; // any answer may be asked
      const what = `${replica} says of a ${about} token, ${Math.round(sent - since)} ms into the outage: ${status} ${JSON.stringify(answer.body)}`;
      judgement.expect('I-6', status === 200 || status === 503, what);
      if (about === 'good') judgement.expect('I-7', status !== 200 || isActive === true, what);
      else if (sent > this.endedAt + BOUND_MS) judgement.expect('I-1', isActive !== true, what);
      if (sent <= since + BOUND_MS) continue;
      judgement.expect('I-6', status === 503, what);
      closed++;
    }
    judgement.figure('asked about tokens when the index was too old', closed);
    judgement.expect('I-6', closed > 0, 'nobody was asked when the index was too old');
  }

  private async ask(replica: Replica, about: Asked['about'], token: string): Promise<void> {
    const sent = performance.now();
    const answer = await this.world.client.send(replica, 'introspect', {
      method: 'POST',
      path: '/oauth/introspect',
      token: this.world.administrator.token,
      form: { token },
    });
    this.asked.push({ about, sent, replica: replica.name, answer });
  }
}
