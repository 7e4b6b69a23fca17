import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ServerSecrets } from '../keys/server-secrets.js';
import { Database } from '../platform/database/database.js';
import type { Standing } from '../principals/standing.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { StatusIndexes } from '../status-lists/status-indexes.js';
import { isGenuine, parseRefreshToken } from './refresh-token.js';
import type { PresentedRefreshToken } from './refresh-token.js';
import type { Session } from './session.entity.js';
import {
  InvalidRefreshToken,
  RefreshTokenReused,
  SessionEnded,
  SessionExpired,
} from './sessions.errors.js';
import { SessionsRepository } from './sessions.repository.js';
import type { SessionWithStanding } from './sessions.repository.js';

/** A refresh that is allowed. */
export interface Refreshed<Issued> {
  readonly session: Session;
  /** The live generation after this refresh. */
  readonly generation: number;
  /** True when another request had rotated already and this one got the same successor, within the grace. */
  readonly replayed: boolean;
  /** What `issue` gave. */
  readonly issued: Issued;
}

/** What a genuine refresh token comes to. */
type Verdict = 'rotates' | 'replays' | 'ended' | 'expired' | 'reused' | 'unknown';

/**
 * Decides on a presented refresh token, by its generation against the session's:
 * the current one rotates; the one before, within the grace, yields the same successor again (a lost
 * answer, a parallel tab); everything older is reuse and ends the session.
 *
 * By the database's clock: another replica may have rotated, and to it a retry at one whose own clock is
 * another must not look like theft.
 */
@Injectable()
export class RefreshService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly revocations: RevocationService,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly secrets: ServerSecrets,
    private readonly statusIndexes: StatusIndexes,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @param issue makes the access token of a session that may go on; what it throws, nothing is done for.
   * @throws InvalidRefreshToken
   * @throws SessionExpired
   * @throws SessionEnded
   * @throws RefreshTokenReused when the session was ended because of this token.
   */
  async refresh<Issued>(
    actor: Actor,
    token: string,
    issue: (session: Session, standing: Standing) => Issued,
  ): Promise<Refreshed<Issued>> {
    const presented = parseRefreshToken(token);
    if (presented === undefined) throw new InvalidRefreshToken();
    // Each lost compare-and-set means that the row moved on: the second look finds it rotated or ended.
    for (let look = 0; look < 3; look++) {
      const found = await this.findGenuine(presented);
      if (found === undefined) throw new InvalidRefreshToken();
      const refreshed = await this.tryOn(actor, found, presented, issue);
      if (refreshed !== undefined) return refreshed;
    }
    throw new InvalidRefreshToken();
  }

  /** The session that the token was issued for, whatever became of both; undefined when we did not issue it. */
  async sessionOf(token: string): Promise<Session | undefined> {
    const presented = parseRefreshToken(token);
    if (presented === undefined) return undefined;
    return (await this.findGenuine(presented))?.session;
  }

  /** The session that the token could refresh now. Changes nothing: neither rotates nor counts as reuse. */
  async refreshable(token: string): Promise<Session | undefined> {
    const presented = parseRefreshToken(token);
    const found = presented === undefined ? undefined : await this.findGenuine(presented);
    if (presented === undefined || found === undefined) return undefined;
    const { session, asOf } = found;
    const verdict = this.judge(session, presented, asOf);
    return verdict === 'rotates' || verdict === 'replays' ? session : undefined;
  }

  private async findGenuine(
    presented: PresentedRefreshToken,
  ): Promise<SessionWithStanding | undefined> {
    const found = await this.sessions.findWithStanding(presented.sessionId);
    if (found === undefined) return undefined;
    const key = this.secrets.get('refresh-token-mac');
    // Before anything else: a token that we did not make may not end anybody's session.
    return isGenuine(presented, found.session.secretSalt, key) ? found : undefined;
  }

  private async tryOn<Issued>(
    actor: Actor,
    { session, standing, asOf: now }: SessionWithStanding,
    presented: PresentedRefreshToken,
    issue: (session: Session, standing: Standing) => Issued,
  ): Promise<Refreshed<Issued> | undefined> {
    const verdict = this.judge(session, presented, now);
    switch (verdict) {
      case 'ended':
        throw new SessionEnded();
      case 'unknown':
        throw new InvalidRefreshToken();
      case 'reused':
        return this.endReused(actor, session, presented, now);
      case 'expired':
        throw new SessionExpired();
      case 'rotates':
      case 'replays':
    }
    // Issued before it is rotated: what cannot be issued must not cost the client its refresh token, which
    // would count as stolen at the next try.
    if (verdict === 'replays') {
      const issued = issue(session, standing);
      return { session, generation: session.generation, replayed: true, issued };
    }
    // Null when an older version opened it. The rotation writes the row anyway; when it loses, the index is unused.
    const statusIndex = session.statusIndex ?? (await this.statusIndexes.take());
    const rotating = { ...session, statusIndex };
    const issued = issue(rotating, standing);
    // Rotation never extends the absolute end.
    const idleExpiresAt = Math.min(now + this.settings.refreshIdleTtl, session.absoluteExpiresAt);
    const won = await this.sessions.rotate(rotating, now, idleExpiresAt);
    return won
      ? { session: rotating, generation: session.generation + 1, replayed: false, issued }
      : undefined;
  }

  /** In this order: what is over is over, however the token compares. */
  private judge(session: Session, presented: PresentedRefreshToken, now: number): Verdict {
    if (session.endedAt !== null) return 'ended';
    // Only after a backup was restored. It would rotate at each use until the session has caught up.
    if (presented.generation > session.generation) return 'unknown';
    const isCurrent = presented.generation === session.generation;
    if (!isCurrent && !this.isWithinGrace(session, presented, now)) return 'reused';
    if (now >= session.idleExpiresAt || now >= session.absoluteExpiresAt) return 'expired';
    return isCurrent ? 'rotates' : 'replays';
  }

  private isWithinGrace(session: Session, presented: PresentedRefreshToken, now: number): boolean {
    // Absolute: a clock that was set back must not stretch the grace.
    const sinceRotation = Math.abs(now - session.rotatedAt);
    return (
      presented.generation === session.generation - 1 && sinceRotation <= this.settings.refreshGrace
    );
  }

  private async endReused(
    actor: Actor,
    session: Session,
    presented: PresentedRefreshToken,
    now: number,
  ): Promise<never> {
    await this.database.transaction(async () => {
      if (!(await this.sessions.end(session.id, 'refresh_reused', now))) return;
      await this.audit.record(actor, {
        action: 'auth.refresh_reused',
        target: { type: 'session', id: session.id },
        detail: {
          principalId: session.principalId,
          presentedGeneration: presented.generation,
          liveGeneration: session.generation,
        },
      });
      await this.revocations.revoke(actor, 'refresh_reused', [
        { kind: 'session', subject: session.id, statusIndex: session.statusIndex },
      ]);
    });
    throw new RefreshTokenReused();
  }
}
