import { setTimeout as sleep } from 'node:timers/promises';
import type { Administrator, KnownPerson } from './administrator.js';
import type { Client, Target } from './client.js';
import { hasExpired } from './glass-box.js';
import type { Judgement } from './judgement.js';
import type { Random } from './random.js';
import { Victims } from './victims.js';
import type { Victim } from './victims.js';
import { WAYS } from './ways-to-end.js';
import type { Aftermath, Way } from './ways-to-end.js';

/** Ready to be ended, so that it can be tried while nobody new can be made. */
const IN_RESERVE = 3;
const MOST_ENDINGS = 60;

/** An end of access that was acknowledged. */
export interface Ending extends Aftermath {
  readonly name: string;
}

interface Attempt {
  readonly way: Way;
  readonly victim: Victim;
  /** It was asked for before, and nobody knows what came of that. */
  mayBeDone: boolean;
}

/**
 * Ends access in every way there is, in turn, on people and service accounts made for that. What is not
 * answered is asked for again until it is, as whoever wants somebody out does.
 */
export class Endings {
  readonly acknowledged: Ending[] = [];
  /** How many of them were not tried just to have tried them. */
  underLoad = 0;
  private readonly victims: Victims;
  private readonly reserve: { readonly way: Way; readonly victim: Victim }[] = [];
  private deck: Way[] = [];
  private pending: Attempt | undefined;

  constructor(
    private readonly client: Client,
    private readonly administrator: Administrator,
    private readonly judgement: Judgement,
    private readonly random: Random,
  ) {
    this.victims = new Victims(client, administrator);
  }

  get people(): KnownPerson[] {
    return this.victims.people;
  }

  /** Fills the reserve. */
  async prepare(replica: Target): Promise<void> {
    while (this.reserve.length < IN_RESERVE)
      if (!(await this.addVictim(replica))) throw new Error('There is nobody to end access of');
  }

  /** Makes somebody, or ends their access, then pauses. */
  async step(replicas: readonly Target[], pause: number): Promise<void> {
    if (replicas.length > 0) {
      const replica = this.random.pick(replicas);
      if (this.pending !== undefined) await this.end(replica, this.pending);
      else if (this.reserve.length < IN_RESERVE) {
        if (!(await this.addVictim(replica))) await this.endNext(replica);
      } else if (this.acknowledged.length < MOST_ENDINGS) await this.endNext(replica);
    }
    await sleep(this.random.between(pause / 2, pause * 1.5));
  }

  /** Has what was not answered answered. */
  async settle(replicas: readonly Target[]): Promise<void> {
    for (let tries = 0; tries < 20 && this.pending !== undefined; tries++)
      await this.end(this.random.pick(replicas), this.pending);
  }

  /** Fills the reserve with others, when no token of those in it is good any more. */
  async renew(replica: Target): Promise<void> {
    this.reserve.length = 0;
    await this.prepare(replica);
  }

  /** Has every way there is tried at least once, and what is under way answered. */
  async complete(replicas: readonly Target[]): Promise<void> {
    const isMissing = ({ name }: Way) => !this.acknowledged.some((ending) => ending.name === name);
    await this.settle(replicas);
    this.underLoad = this.acknowledged.length;
    for (const way of WAYS.filter(isMissing)) {
      const replica = this.random.pick(replicas);
      if (hasExpired(this.administrator.token)) await this.administrator.signIn(replica);
      const victim = await this.makeVictim(replica, way);
      if (victim === undefined) throw new Error(`There is nobody for whom ${way.name}`);
      await this.end(this.random.pick(replicas), { way, victim, mayBeDone: false });
    }
    this.judgement.expect(
      'I-1',
      this.pending === undefined && !WAYS.some(isMissing),
      `never acknowledged: ${WAYS.filter(isMissing)
        .map(({ name }) => name)
        .join()}`,
    );
  }

  private async endNext(replica: Target): Promise<void> {
    const next = this.reserve.shift();
    if (next !== undefined) await this.end(replica, { ...next, mayBeDone: false });
  }

  private async end(replica: Target, attempt: Attempt): Promise<void> {
    const { way, victim } = attempt;
    const { record } = await this.client.send(replica, way.op, {
      user: victim.who.id,
      session: victim.one.session,
      ...way.request(victim, this.administrator.token),
    });
    const { outcome, status, code, id } = record;
    this.noteRoles(attempt, outcome === 'ok');
    if (outcome === 'unknown') {
      attempt.mayBeDone = true;
      this.pending = attempt;
      return;
    }
    this.pending = undefined;
    // Refused because it is done: the token, the credential or the password is not good any more.
    this.judgement.expect(
      'I-7',
      outcome === 'ok' || attempt.mayBeDone,
      `that ${way.name} was refused with ${status} ${code} (request ${id})`,
    );
    const aftermath = way.aftermath(victim);
    this.acknowledged.push({ name: way.name, ...aftermath });
    if (outcome === 'ok') await this.expectRefused(replica, way, aftermath);
  }

  /** Where it was acknowledged, it holds at once. */
  private async expectRefused(replica: Target, { name }: Way, { dead }: Aftermath): Promise<void> {
    for (const token of dead) {
      const { status } = await this.client.send(replica, 'me', {
        method: 'GET',
        path: '/v1/auth/me',
        token,
      });
      this.judgement.expect(
        'I-1',
        status === 401 || status === 503 || status === 0,
        `${replica.name} answers ${status} right after ${name}`,
      );
    }
  }

  private noteRoles({ way, victim }: Attempt, isDone: boolean): void {
    const person = this.people.find(({ id }) => id === victim.who.id);
    if (person === undefined || way.roles === undefined) return;
    if (isDone) person.roles.acknowledged = way.roles.join();
    else person.roles.maybe.add(way.roles.join());
  }

  /** @returns whether there is one more. */
  private async addVictim(replica: Target): Promise<boolean> {
    const way = this.deck.pop() ?? this.shuffle();
    const victim = await this.makeVictim(replica, way);
    if (victim === undefined) this.deck.push(way);
    else this.reserve.push({ way, victim });
    return victim !== undefined;
  }

  private makeVictim(replica: Target, { whose }: Way): Promise<Victim | undefined> {
    return whose === 'person' ? this.victims.person(replica) : this.victims.account(replica);
  }

  /** All ways again, by chance. @returns the first of them. */
  private shuffle(): Way {
    const rest = [...WAYS];
    while (rest.length > 0) {
      const way = this.random.pick(rest);
      this.deck.push(way);
      rest.splice(rest.indexOf(way), 1);
    }
    const first = this.deck.pop();
    if (first === undefined) throw new Error('There is no way to end access');
    return first;
  }
}
