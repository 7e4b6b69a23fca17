import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Actor, SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import { RefreshService } from '../../sessions/refresh.service.js';
import type { Standing } from '../../principals/standing.js';
import type { Session } from '../../sessions/session.entity.js';
import { RefreshTokenReused, SessionEnded } from '../../sessions/sessions.errors.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { StatusIndexes } from '../../status-lists/status-indexes.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import { ownContent } from '../../tokens/own-content.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { InvalidCredentials } from '../auth.errors.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { AuthenticatedUser } from './credentials.service.js';
import { AccessTokenResponse } from './login.dto.js';
import type { TokenResponse } from './login.dto.js';

/** Tokens of a session that was opened or goes on. */
export interface Granted {
  readonly sessionId: string;
  readonly tokens: TokenResponse;
}

/** Signs in, refreshes, signs out. */
@Injectable()
export class LoginService {
  private readonly logins;
  private readonly refreshes;
  private readonly reuses;

  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshing: RefreshService,
    private readonly principals: PrincipalsService,
    private readonly issuer: TokenIssuer,
    private readonly statusIndexes: StatusIndexes,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.logins = metrics.counter('signet_logins_total', 'Sign-ins that succeeded');
    this.refreshes = metrics.counter(
      'signet_refreshes_total',
      'Refreshes that succeeded, by whether they rotated',
      ['kind'],
    );
    this.reuses = metrics.counter(
      'signet_refresh_reuse_total',
      'Sessions ended because a spent refresh token came back',
    );
  }

  /**
   * Opens a session for somebody whose credentials were good.
   *
   * @param tokenSizeMax characters that the access token may have, where its transport limits that.
   * @throws InvalidCredentials when they were disabled meanwhile.
   * @throws TokenTooLarge
   */
  async login({ origin }: Actor, user: AuthenticatedUser, tokenSizeMax?: number): Promise<Granted> {
    try {
      const { session, issued } = await this.open({ origin }, user, tokenSizeMax);
      this.logins.inc();
      return this.grant(session, session.generation, issued);
    } catch (error) {
      // The credentials were good: what keeps them from a session is no guess of theirs.
      if (!(error instanceof InvalidCredentials)) await this.forgive(user);
      throw error;
    }
  }

  /** Exchanges a refresh token. `replayed` says that it had been exchanged before, within the grace. */
  async refresh(
    actor: Actor,
    refreshToken: string,
    tokenSizeMax?: number,
  ): Promise<Granted & { readonly replayed: boolean }> {
    const asOf = this.clock.now();
    try {
      const { session, generation, replayed, issued } = await this.refreshing.refresh(
        actor,
        refreshToken,
        (candidate, standing) => {
          const token = this.issueAs(candidate, standing, asOf, tokenSizeMax);
          if (token === undefined) throw new SessionEnded();
          return token;
        },
      );
      const granted = this.grant(session, generation, issued);
      this.refreshes.inc({ kind: replayed ? 'replayed' : 'rotated' });
      return { ...granted, replayed };
    } catch (error) {
      if (error instanceof RefreshTokenReused) this.reuses.inc();
      throw error;
    }
  }

  /** Ends the session that the caller's token belongs to. */
  async logout(actor: SignedIn): Promise<void> {
    const { id, sessionId } = actor.principal;
    await this.database.transaction(async () => {
      await this.audit.record(actor, {
        action: 'auth.logout',
        target: { type: 'session', id: sessionId },
      });
      await this.sessions.end(actor, id, sessionId, 'logout');
    });
  }

  /** Ends every session of the caller. */
  async logoutAll(actor: SignedIn): Promise<void> {
    const { id } = actor.principal;
    await this.database.transaction(async () => {
      await this.audit.record(actor, { action: 'auth.logout_all', target: { type: 'user', id } });
      await this.sessions.endAll(actor, id, 'logout_all');
      await this.principals.outdateTokens(actor, 'logout_all', [id]);
    });
  }

  /** An access token that says what the session's principal may do now; undefined when that is nothing any more. */
  async issue(session: Session, asOf: number, sizeMax?: number): Promise<IssuedToken | undefined> {
    const standing = await this.principals.standing(session.principalId);
    return standing === undefined ? undefined : this.issueAs(session, standing, asOf, sizeMax);
  }

  private issueAs(
    session: Session,
    standing: Standing,
    asOf: number,
    sizeMax?: number,
  ): IssuedToken | undefined {
    if (standing.status !== 'active') return undefined;
    const grant = {
      subject: session.principalId,
      clientId: FIRST_PARTY_CLIENT,
      sessionId: session.id,
      statusIndex: session.statusIndex,
      authentication: { time: session.authTime, amr: session.amr.split(' ') },
      ...ownContent(standing),
      asOf,
    };
    return this.issuer.issue(grant, sizeMax);
  }

  private async open({ origin }: Actor, user: AuthenticatedUser, tokenSizeMax?: number) {
    const asOf = this.clock.now();
    const index = await this.statusIndexes.take();
    return this.database.transaction(async () => {
      const { id, tokenVersion, amr } = user;
      const opened = await this.sessions.open(id, tokenVersion, origin, amr, index);
      if (opened === undefined) throw new InvalidCredentials();
      const { session, standing } = opened;
      await this.audit.record(
        { origin },
        { action: 'auth.login', target: { type: 'user', id }, detail: { sessionId: session.id } },
      );
      // In here, so that a session whose token cannot be issued is not left behind.
      const issued = this.issueAs(session, standing, asOf, tokenSizeMax);
      if (issued === undefined) throw new InvalidCredentials();
      await this.throttle.forgive(user.attempt);
      await this.sessions.endSurplus({ origin }, opened);
      return { session, issued };
    });
  }

  /** Never rejects: there is another failure to tell of. */
  private async forgive({ attempt }: AuthenticatedUser): Promise<void> {
    try {
      await this.throttle.forgive(attempt);
    } catch (error) {
      this.log.warn({ err: error }, 'An attempt to sign in could not be given back');
    }
  }

  private grant(session: Session, generation: number, issued: IssuedToken): Granted {
    return {
      sessionId: session.id,
      tokens: {
        ...AccessTokenResponse.of(issued),
        refresh_token: this.sessions.refreshTokenOf(session, generation),
      },
    };
  }
}
