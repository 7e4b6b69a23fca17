import type { Administrator, KnownPerson } from './administrator.js';
import { rolesKnown } from './administrator.js';
import type { Credentials } from './chain.js';
import { stringOf } from './client.js';
import type { Client, Request, Target } from './client.js';
import { claimOf } from './glass-box.js';

/** What one sign-in, or one credential, has got. */
export interface Grant {
  readonly access: string;
  /** Empty for a service account. */
  readonly refresh: string;
  /** The session, or the credential. */
  readonly session: string;
  /** The secret of a credential; empty for a person. */
  readonly secret: string;
}

/** Somebody whose access is there to be ended: twice, so that it shows whether too much ends. */
export interface Victim {
  readonly who: Credentials;
  readonly one: Grant;
  readonly two: Grant;
}

/** The roles that people among them are made with. */
const ROLES = ['editor'];

/** Makes people and service accounts that nobody else acts on or for. */
export class Victims {
  /** What must stand in the database of the people among them. */
  readonly people: KnownPerson[] = [];
  private accounts = 0;

  constructor(
    private readonly client: Client,
    private readonly administrator: Administrator,
  ) {}

  /** Somebody who has signed in twice; undefined when not all of that was acknowledged. */
  async person(replica: Target): Promise<Victim | undefined> {
    const who = await this.administrator.createUser(replica, ROLES);
    if (who === undefined) return undefined;
    this.people.push({ id: who.id, disabled: 'no', roles: rolesKnown(ROLES) });
    const one = await this.signIn(replica, who);
    const two = one && (await this.signIn(replica, who));
    return one && two && { who, one, two };
  }

  /** A service account with two credentials, and a token of each. */
  async account(replica: Target): Promise<Victim | undefined> {
    const name = `account-${this.administrator.account.people}-${++this.accounts}`;
    const { status, body } = await this.client.send(replica, 'create-account', {
      method: 'POST',
      path: '/v1/service-accounts',
      token: this.administrator.token,
      body: { name, roles: ['viewer'] },
      user: name,
    });
    if (status !== 201) return undefined;
    const who = { id: stringOf(body, 'id'), username: name, password: '' };
    const one = await this.credential(replica, who.id);
    const two = one && (await this.credential(replica, who.id));
    return one && two && { who, one, two };
  }

  private async signIn(replica: Target, who: Credentials): Promise<Grant | undefined> {
    const { status, body } = await this.client.send(replica, 'login', signInOf(who));
    if (status !== 200) return undefined;
    const access = stringOf(body, 'access_token');
    const refresh = stringOf(body, 'refresh_token');
    return { access, refresh, session: claimOf(access, 'sid'), secret: '' };
  }

  private async credential(replica: Target, id: string): Promise<Grant | undefined> {
    const { status, body } = await this.client.send(replica, 'create-credential', {
      method: 'POST',
      path: `/v1/service-accounts/${id}/credentials`,
      token: this.administrator.token,
      body: { type: 'secret' },
      user: id,
    });
    if (status !== 201) return undefined;
    const secret = stringOf(body, 'secret');
    const answer = await this.client.send(replica, 'client-token', tokenOf(id, secret));
    if (answer.status !== 200) return undefined;
    const access = stringOf(answer.body, 'access_token');
    return { access, refresh: '', session: stringOf(body, 'id'), secret };
  }
}

export function signInOf({ id, username, password }: Credentials): Request {
  return {
    method: 'POST',
    path: '/v1/auth/login',
    body: { identifier: username, password },
    user: id,
  };
}

export function tokenOf(account: string, secret: string): Request {
  const form = { grant_type: 'client_credentials', client_id: account, client_secret: secret };
  return { method: 'POST', path: '/oauth/token', form, user: account };
}
