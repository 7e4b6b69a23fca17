import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Target } from './client.js';
import { stringOf } from './client.js';
import { claimOf } from './glass-box.js';
import type { Judgement } from './judgement.js';
import type { Random } from './random.js';

/** `REFRESH_GRACE` of the replicas, in ms. */
export const GRACE_MS = 20_000;

const SETTLE_TRIES = 20;
const SETTLE_PAUSE_MS = 20;

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly id: string;
}

/** A session whose end was acknowledged. Its tokens must be refused for ever. */
export interface EndedSession {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** How a chain spends its time; shares, which add up to at most 1. The rest goes to asking who it is. */
export interface Habits {
  readonly refresh: number;
  readonly logout: number;
  /** Milliseconds between two requests, on average. */
  readonly pause: number;
}

export const CALM: Habits = { refresh: 0.5, logout: 0.03, pause: 120 };

/**
 * A client that refreshes from token to token. It keeps the last token that it knows, and sends it again
 * until it is told something, as a careful client does.
 */
export class Chain {
  accessToken = '';
  refreshToken = '';
  sessionId = '';
  /** From when on an answer to the present refresh token may have been lost. */
  private unknownSince: number | undefined;
  /** A logout was sent and not answered: any 401 from now on is in order. */
  private mayHaveEnded = false;
  readonly ended: EndedSession[] = [];
  readonly firstTokens: { readonly session: string; readonly token: string }[] = [];
  /** Sessions lost because a lost answer was older than the grace: documented, and counted. */
  lostToGrace = 0;

  constructor(
    readonly who: Credentials,
    private readonly client: Client,
    private readonly judgement: Judgement,
    private readonly random: Random,
  ) {}

  /** Whether it has a session that nobody may have ended. */
  get isSignedIn(): boolean {
    return this.sessionId !== '' && !this.mayHaveEnded;
  }

  async login(replica: Target): Promise<boolean> {
    const { status, body } = await this.client.send(replica, 'login', {
      method: 'POST',
      path: '/v1/auth/login',
      body: { identifier: this.who.username, password: this.who.password },
      user: this.who.id,
    });
    if (status !== 200) return false;
    this.accessToken = stringOf(body, 'access_token');
    this.refreshToken = stringOf(body, 'refresh_token');
    this.sessionId = claimOf(this.accessToken, 'sid');
    this.unknownSince = undefined;
    this.mayHaveEnded = false;
    this.firstTokens.push({ session: this.sessionId, token: this.accessToken });
    return true;
  }

  async refresh(replica: Target): Promise<number> {
    const sent = performance.now();
    const { status, body, record } = await this.client.send(replica, 'refresh', {
      method: 'POST',
      path: '/v1/auth/refresh',
      body: { refresh_token: this.refreshToken },
      user: this.who.id,
      session: this.sessionId,
    });
    if (status === 200) {
      this.accessToken = stringOf(body, 'access_token');
      this.refreshToken = stringOf(body, 'refresh_token');
      this.unknownSince = undefined;
    } else if (status === 0 || status >= 500) {
      this.unknownSince ??= sent;
    } else {
      const isOld = this.unknownSince !== undefined && sent - this.unknownSince > GRACE_MS;
      const isInOrder = this.mayHaveEnded || (isOld && record.code === 'refresh_token_reused');
      if (isOld) this.lostToGrace++;
      this.judgement.expect(
        'I-3',
        isInOrder,
        `refresh refused with ${status} ${record.code} (request ${record.id})`,
      );
      this.forget();
    }
    return status;
  }

  async me(replica: Target): Promise<number> {
    const { sessionId } = this;
    const { status, record } = await this.client.send(replica, 'me', {
      method: 'GET',
      path: '/v1/auth/me',
      token: this.accessToken,
      user: this.who.id,
      session: this.sessionId,
    });
    this.judgement.expect(
      'I-7',
      // Of a session that was ended meanwhile, or just before, it is not good any more.
      status !== 401 || this.mayHaveEnded || sessionId === '' || sessionId !== this.sessionId,
      `a good access token was refused (request ${record.id} at ${replica.name})`,
    );
    return status;
  }

  async logout(replica: Target): Promise<void> {
    const { accessToken, refreshToken, sessionId: id, mayHaveEnded: wasAsked } = this;
    this.mayHaveEnded = true;
    const { status, record } = await this.client.send(replica, 'logout', {
      method: 'POST',
      path: '/v1/auth/logout',
      token: accessToken,
      user: this.who.id,
      session: id,
    });
    if (status !== 204 && status !== 401) return;
    // An earlier try had ended it, though its answer was lost.
    this.judgement.expect(
      'I-7',
      status === 204 || wasAsked,
      `a good access token was refused (request ${record.id} at ${replica.name})`,
    );
    this.ended.push({ id, accessToken, refreshToken });
    this.forget();
    if (status !== 204) return;
    const { status: after } = await this.client.send(replica, 'me', {
      method: 'GET',
      path: '/v1/auth/me',
      token: accessToken,
      user: this.who.id,
      session: id,
    });
    this.judgement.expect(
      'I-1',
      after !== 200,
      `${replica.name} accepts a token of a session that it ended`,
    );
  }

  /** One request, by chance. */
  async step(replicas: readonly Target[], habits: Habits): Promise<void> {
    if (replicas.length === 0) {
      await sleep(100); // nobody is ready
      return;
    }
    const replica = this.random.pick(replicas);
    if (this.sessionId === '') {
      await this.login(replica);
    } else if (this.mayHaveEnded) {
      await this.logout(replica);
    } else if (this.unknownSince !== undefined) {
      await this.refresh(replica);
    } else {
      const choice = this.random.next();
      if (choice < habits.refresh) await this.refresh(replica);
      else if (choice < habits.refresh + habits.logout) await this.logout(replica);
      else await this.me(replica);
    }
    await sleep(this.random.between(habits.pause / 2, habits.pause * 1.5));
  }

  /**
   * Has what was not answered answered, and a session begun when there is none.
   *
   * @returns whether that came about.
   */
  async settle(replicas: readonly Target[]): Promise<boolean> {
    for (let tries = 0; tries < SETTLE_TRIES; tries++) {
      const replica = replicas[tries % replicas.length];
      if (replica === undefined) throw new RangeError('There is no replica');
      if (await this.isSettled(replica)) return true;
      await sleep(SETTLE_PAUSE_MS);
    }
    return false;
  }

  private async isSettled(replica: Target): Promise<boolean> {
    if (this.sessionId === '') return this.login(replica);
    if (this.isSignedIn) return (await this.refresh(replica)) === 200;
    await this.logout(replica);
    return false;
  }

  private forget(): void {
    this.sessionId = '';
    this.unknownSince = undefined;
    this.mayHaveEnded = false;
  }
}
