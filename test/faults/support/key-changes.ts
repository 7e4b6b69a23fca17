import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './client.js';
import { expectAccepted } from './endings-checks.js';
import { kidOf } from './glass-box.js';
import { Victims, signInOf, tokenOf } from './victims.js';
import type { World } from './world.js';
import type { Credentials } from './chain.js';
import { stringOf } from './client.js';

/** Until the next key may sign: `JWKS_MAX_AGE` and the bound and the leeway, and more tries than that takes. */
const TRIES = 20;

/**
 * Has signing keys follow each other, and holds tokens of somebody whose access nobody ends: one for each key,
 * all of which are good until their key is compromised.
 */
export class KeyChanges {
  private readonly witnesses: string[] = [];
  /** Tokens of whose revocation clients were told. */
  private readonly revoked: string[] = [];
  private somebody: Credentials | undefined;

  constructor(private readonly world: World) {}

  /** A token that the present key has signed. */
  async witness(replica: Target): Promise<string> {
    const { administrator, client } = this.world;
    this.somebody ??= await administrator.createUser(replica);
    const { body } = await client.send(
      replica,
      'login',
      signInOf(this.somebody ?? { id: '', username: '', password: '' }),
    );
    const token = stringOf(body, 'access_token');
    if (token === '') throw new Error('There is nobody to witness a change of keys');
    this.witnesses.push(token);
    return token;
  }

  /** I-8: lets the next key sign, as soon as it may; what was signed before stays good. */
  async rotate(replica: Target): Promise<void> {
    const { administrator, client, judgement } = this.world;
    const before = await this.witness(replica);
    let answer = 0;
    for (let tries = 0; tries < TRIES && answer !== 200; tries++) {
      if (tries > 0) await sleep(1000);
      const { status } = await client.send(replica, 'rotate-keys', {
        method: 'POST',
        path: '/v1/keys/rotate',
        token: administrator.token,
      });
      answer = status;
    }
    const after = await this.witness(replica);
    judgement.expect(
      'I-8',
      answer === 200 && kidOf(before) !== kidOf(after),
      `the keys were not rotated (${answer})`,
    );
    for (const token of [before, after])
      await expectAccepted(this.world, token, 'and the keys were rotated just now');
    judgement.figure(
      'rotations of keys',
      Number(judgement.figures.get('rotations of keys') ?? 0) + 1,
    );
  }

  /**
   * Makes every token of the present key invalid, the administrator's and those of chains among them: for when
   * nobody uses theirs. They go on after `renew`.
   *
   * @returns one of them.
   */
  async compromise(replica: Target): Promise<string> {
    const { administrator, client, judgement, compromised, endings, chains } = this.world;
    // A token that is refused from now on would be taken for an answer to what was asked before.
    await endings.settle([replica]);
    for (const chain of chains)
      if (!chain.isSignedIn && !(await chain.settle([replica])))
        throw new Error('There is somebody who does not know whether they signed out');
    const token = await this.witness(replica);
    const kid = kidOf(token);
    const { status } = await client.send(replica, 'compromise-key', {
      method: 'POST',
      path: `/v1/keys/${kid}/compromise`,
      token: administrator.token,
    });
    judgement.expect('I-1', status === 200, `a key was not declared compromised: ${status}`);
    if (status === 200) compromised.add(kid);
    judgement.figure('keys compromised', compromised.size);
    return token;
  }

  /**
   * I-1: a client revokes its token (RFC 7009) at a replica that may not know yet the key that signed it, since
   * that key was made a moment ago and had to sign at once: two keys in a row were compromised. The token is
   * refused from then on, or the client was told that it is not revoked.
   */
  async revokeElsewhere(issuing: Target, revoking: Target): Promise<void> {
    const { administrator, client } = this.world;
    const account = await new Victims(client, administrator).account(issuing);
    if (account === undefined) throw new Error('There is no client to revoke its token');
    await this.compromise(issuing);
    await administrator.signIn(issuing);
    await this.compromise(issuing);
    const { who, one } = account;
    const issued = await client.send(issuing, 'client-token', tokenOf(who.id, one.secret));
    const token = stringOf(issued.body, 'access_token');
    const { status } = await client.send(revoking, 'oauth-revoke', {
      method: 'POST',
      path: '/oauth/revoke',
      form: { token, client_id: who.id, client_secret: one.secret },
      user: who.id,
    });
    if (status === 200) this.revoked.push(token);
    await this.renew(issuing);
  }

  /** Everybody gets tokens that another key has signed. */
  async renew(replica: Target): Promise<void> {
    const { administrator, endings, chains } = this.world;
    await administrator.signIn(replica);
    await endings.renew(replica);
    for (const chain of chains) if (chain.isSignedIn) await chain.refresh(replica);
  }

  /** At the end, wherever and whenever the replicas were started. */
  async check(): Promise<void> {
    for (const token of this.revoked) await this.expectRefused(token);
    for (const token of this.witnesses)
      await expectAccepted(this.world, token, 'which was signed before or after a change of keys');
  }

  private async expectRefused(token: string): Promise<void> {
    const { client, judgement, replicas } = this.world;
    for (const replica of replicas) {
      const request = { method: 'GET', path: '/v1/auth/me', token };
      const { status } = await client.send(replica, 'me', request);
      judgement.expect(
        'I-1',
        status === 401,
        `${replica.name} answers ${status} to a token of a new key although its client was told that it is revoked`,
      );
    }
  }
}
