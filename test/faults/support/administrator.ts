import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from './chain.js';
import type { Client, Target } from './client.js';
import { stringOf } from './client.js';
import type { Random } from './random.js';

export const SETUP_TOKEN = 'zB7-kw3Rq-94fJt-LmX2p-UvE5h';
const MOST_USERS = 40;

/** What must stand in the database of somebody whose making was acknowledged. */
export interface KnownPerson {
  readonly id: string;
  disabled: 'no' | 'yes' | 'maybe';
  /**
   * What may stand in the database: what was acknowledged last, and whatever was asked for without an answer,
   * which may be done at any time after.
   */
  readonly roles: RolesKnown;
}

/** Somebody whom the administrator has made, and what the last acknowledged acts say of them. */
export interface KnownUser extends KnownPerson {
  readonly username: string;
  /** From a sign-in before anything else happened to them; undefined when that was not answered. */
  readonly token: string | undefined;
}

export interface RolesKnown {
  acknowledged: string;
  readonly maybe: Set<string>;
}

/** Nobody has roles that were not given to them. */
export function rolesKnown(roles: readonly string[] = []): RolesKnown {
  return { acknowledged: roles.join(), maybe: new Set() };
}

/** The first administrator of a database, and how many people there are in it besides. */
export interface AdministratorAccount {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  isMade: boolean;
  people: number;
}

export function newAccount(): AdministratorAccount {
  const password = randomBytes(18).toString('base64url');
  return { email: 'ada@example.com', username: 'ada', password, isMade: false, people: 0 };
}

/** Makes people, gives them roles and disables them, and remembers what was acknowledged. */
export class Administrator {
  readonly users: KnownUser[] = [];
  token = '';

  constructor(
    private readonly client: Client,
    private readonly random: Random,
    readonly account: AdministratorAccount,
  ) {}

  /** Makes the first administrator and signs in. @throws Error when that does not succeed. */
  async setUp(replica: Target): Promise<void> {
    const { email, username, password } = this.account;
    const answer = await fetch(`${replica.url}/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, username, password, setupToken: SETUP_TOKEN }),
    });
    if (answer.status !== 201)
      throw new Error(`Setting up: ${answer.status} ${await answer.text()}`);
    this.account.isMade = true;
    await this.signIn(replica);
  }

  async signIn(replica: Target): Promise<void> {
    const { status, body } = await this.client.send(replica, 'login', {
      method: 'POST',
      path: '/v1/auth/login',
      body: { identifier: this.account.username, password: this.account.password },
      user: 'ada',
    });
    if (status !== 200) throw new Error(`The administrator cannot sign in: ${status}`);
    this.token = stringOf(body, 'access_token');
  }

  /** Makes a user who can sign in; undefined when that was not acknowledged. */
  async createUser(
    replica: Target,
    roles: readonly string[] = [],
  ): Promise<Credentials | undefined> {
    const username = `person${++this.account.people}`;
    const password = randomBytes(18).toString('base64url');
    const { status, body } = await this.client.send(replica, 'create-user', {
      method: 'POST',
      path: '/v1/users',
      token: this.token,
      body: { username, email: `${username}@example.com`, password, roles },
      user: username,
    });
    if (status !== 201) return undefined;
    return { id: stringOf(body, 'id'), username, password };
  }

  /** One act, by chance, then a pause. */
  async step(replicas: readonly Target[], pause: number): Promise<void> {
    if (replicas.length === 0) {
      await sleep(100); // nobody is ready
      return;
    }
    const replica = this.random.pick(replicas);
    const enabled = this.users.filter(({ disabled }) => disabled !== 'yes');
    const choice = this.random.next();
    if (this.users.length < MOST_USERS && (enabled.length === 0 || choice < 0.4)) {
      const made = await this.createUser(replica);
      if (made !== undefined) {
        const token = await this.signInAs(replica, made);
        this.users.push({ ...made, token, disabled: 'no', roles: rolesKnown() });
      }
    } else if (enabled.length > 0) {
      const user = this.random.pick(enabled);
      if (choice < 0.7) await this.disable(replica, user);
      else await this.setRoles(replica, user);
    }
    await sleep(this.random.between(pause / 2, pause * 1.5));
  }

  private async signInAs(
    replica: Target,
    { id, username, password }: Credentials,
  ): Promise<string | undefined> {
    const { status, body } = await this.client.send(replica, 'login', {
      method: 'POST',
      path: '/v1/auth/login',
      body: { identifier: username, password },
      user: id,
    });
    return status === 200 ? stringOf(body, 'access_token') : undefined;
  }

  private async disable(replica: Target, user: KnownUser): Promise<void> {
    const { record } = await this.client.send(replica, 'disable-user', {
      method: 'POST',
      path: `/v1/users/${user.id}/disable`,
      token: this.token,
      user: user.id,
    });
    if (record.outcome !== 'fail') user.disabled = record.outcome === 'ok' ? 'yes' : 'maybe';
  }

  private async setRoles(replica: Target, user: KnownUser): Promise<void> {
    const roles = [this.random.pick(['editor', 'viewer'])];
    const { record } = await this.client.send(replica, 'set-roles', {
      method: 'PUT',
      path: `/v1/users/${user.id}/roles`,
      token: this.token,
      body: { roles },
      user: user.id,
    });
    if (record.outcome === 'ok') user.roles.acknowledged = roles.join();
    if (record.outcome === 'unknown') user.roles.maybe.add(roles.join());
  }
}
