import { randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Origin } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ServerSecrets } from '../keys/server-secrets.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { PrincipalsService } from '../principals/principals.service.js';
import type { Standing } from '../principals/standing.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { formatRefreshToken } from './refresh-token.js';
import type { Session, SessionEndReason } from './session.entity.js';
import { SessionEnded, SessionExpired, SessionNotFound } from './sessions.errors.js';
import { SessionsRepository } from './sessions.repository.js';

/** A session that was opened, and what its principal may do as of then. */
export interface OpenedSession {
  readonly session: Session;
  readonly standing: Standing;
  /** Those used least recently, beyond what one principal may have; for `endSurplus`. */
  readonly surplus: readonly Session[];
}

/** Opens, lists and ends sessions. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly principals: PrincipalsService,
    private readonly revocations: RevocationService,
    private readonly index: RevocationIndex,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly secrets: ServerSecrets,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly expiry: ExpiryClock,
  ) {}

  /**
   * Opens a session. Needs a transaction, in which `endSurplus` comes last.
   *
   * @param tokenVersion the principal's when the credentials were read. Undefined is returned when it
   *   was raised since: a password that was changed meanwhile must not open a session.
   * @param statusIndex the session's own, from `StatusIndexes`.
   */
  async open(
    principalId: string,
    tokenVersion: number,
    origin: Origin,
    amr: readonly string[],
    statusIndex: number | null,
  ): Promise<OpenedSession | undefined> {
    await this.principals.lock(principalId);
    const standing = await this.principals.standing(principalId);
    if (standing?.status !== 'active' || standing.tokenVersion !== tokenVersion) return undefined;
    const now = await this.database.now();
    const live = await this.sessions.live(principalId, now);
    const surplus = live.slice(this.settings.maxSessionsPerUser - 1);
    const session: Session = {
      id: randomUUID(),
      principalId,
      generation: 1,
      secretSalt: randomBytes(16).toString('base64url'),
      createdAt: now,
      rotatedAt: now,
      idleExpiresAt: now + this.settings.refreshIdleTtl,
      absoluteExpiresAt: now + this.settings.refreshMaxTtl,
      authTime: this.clock.now(), // it becomes part of tokens, which go by this machine's clock
      amr: amr.join(' '),
      userAgent: origin.userAgent,
      ip: origin.ip,
      endedAt: null,
      endReason: null,
      statusIndex,
    };
    await this.sessions.insert(session);
    return { session, standing, surplus };
  }

  /** Needs a transaction; call it last. */
  async endSurplus(actor: Actor, { surplus }: OpenedSession): Promise<void> {
    await this.endThese(actor, 'too_many_sessions', surplus);
  }

  /**
   * Notes that the principal proved at `provedAt` anew who they are; tokens that are issued for the
   * session say so from then on. Its refresh token and its ends stay as they are. Needs a transaction,
   * until whose end nobody changes the principal.
   *
   * @param amr how (RFC 8176).
   * @throws SessionEnded
   * @throws SessionExpired
   */
  async freshen(
    principalId: string,
    sessionId: string,
    amr: readonly string[],
    provedAt: number,
  ): Promise<Session> {
    await this.principals.lock(principalId);
    const session = await this.sessions.find(sessionId);
    if (session?.principalId !== principalId || session.endedAt !== null) throw new SessionEnded();
    const now = await this.database.now();
    if (now >= session.idleExpiresAt || now >= session.absoluteExpiresAt)
      throw new SessionExpired();
    const fresh = { ...session, authTime: provedAt, amr: amr.join(' ') };
    if (!(await this.sessions.freshen(sessionId, fresh.authTime, fresh.amr)))
      throw new SessionEnded();
    return fresh;
  }

  /** The refresh token of the session's current generation. */
  refreshTokenOf(session: Session, generation = session.generation): string {
    return formatRefreshToken(
      { sessionId: session.id, generation },
      session.secretSalt,
      this.secrets.get('refresh-token-mac'),
    );
  }

  /** The principal's sessions that can still be refreshed, the one used last first. */
  async live(principalId: string): Promise<readonly Session[]> {
    return this.sessions.live(principalId, await this.database.now());
  }

  /**
   * Ends one session of the principal; its tokens are refused from then on, here at once, also when another
   * replica had ended it and this one does not know of that yet.
   *
   * @throws SessionNotFound
   */
  async end(
    actor: Actor,
    principalId: string,
    sessionId: string,
    reason: SessionEndReason,
  ): Promise<void> {
    await this.database.transaction(async () => {
      const session = await this.sessions.find(sessionId);
      if (session?.principalId !== principalId) throw new SessionNotFound();
      const ended = await this.endThese(actor, reason, [session]);
      if (ended === 0 && !this.index.hasHolder(sessionId)) {
        const { statusIndex } = session;
        const target = { kind: 'session', subject: sessionId, statusIndex } as const;
        await this.revocations.revoke(actor, toRevocationReason(reason), [target]);
      }
    });
  }

  /** Ends all sessions of the principal but the one named. Needs a transaction; call it last. */
  async endAll(
    actor: Actor,
    principalId: string,
    reason: SessionEndReason,
    except?: string,
  ): Promise<number> {
    // A sign-in that is under way has either opened its session by now, or will find that it may not.
    await this.principals.lock(principalId);
    // By no clock alone: what is passed over because one is ahead lives again when that is set right.
    const live = await this.sessions.live(principalId, this.expiry.at(await this.database.now()));
    const ending = live.filter((session) => session.id !== except);
    await this.endThese(actor, reason, ending);
    return ending.length;
  }

  private async endThese(
    actor: Actor,
    reason: SessionEndReason,
    sessions: readonly Session[],
  ): Promise<number> {
    const ended: Session[] = [];
    for (const session of sessions) {
      if (await this.sessions.end(session.id, reason, this.clock.now())) ended.push(session);
    }
    for (const { id, principalId } of ended) {
      await this.audit.record(actor, {
        action: 'session.ended',
        target: { type: 'session', id },
        detail: { reason, principalId },
      });
    }
    if (ended.length > 0) {
      const targets = ended.map(({ id, statusIndex }) => ({
        kind: 'session' as const,
        subject: id,
        statusIndex,
      }));
      await this.revocations.revoke(actor, toRevocationReason(reason), targets);
    }
    return ended.length;
  }
}

function toRevocationReason(reason: SessionEndReason) {
  return reason === 'too_many_sessions' ? 'session_ended' : reason;
}
