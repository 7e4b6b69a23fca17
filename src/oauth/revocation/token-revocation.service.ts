import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { RevocationIndex } from '../../revocation/revocation-index.js';
import { RevocationService } from '../../revocation/revocation.service.js';
import { RefreshService } from '../../sessions/refresh.service.js';
import type { Session } from '../../sessions/session.entity.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import type { VerifiedToken } from '../../tokens/verified-token-cache.js';
import type { Caller } from '../clients/caller.js';

/**
 * For how long past its end a token is still revoked, in ms: leeway, and another replica's clock, may
 * keep it alive where this one's says that it is over.
 */
const MARGIN = 120_000;

/**
 * Revokes tokens (RFC 7009). What is no token of ours, is over anyway, or is none of the caller's
 * business is not an error and has no effect, so nobody can find out which of these it was. What cannot
 * be stored is an error, always: whoever hears of no error takes the token for dead.
 */
@Injectable()
export class TokenRevocationService {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly refreshing: RefreshService,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationService,
    private readonly index: RevocationIndex,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async revoke(caller: Caller, token: string): Promise<void> {
    const recognised = this.recognise(token);
    if (recognised !== undefined) return this.revokeAccessToken(caller, recognised);
    // RFC 7009 2.1: a refresh token takes everything that came of it along.
    const session = await this.refreshing.sessionOf(token);
    if (session !== undefined) await this.revokeSession(caller, session);
  }

  private recognise(token: string): VerifiedToken | undefined {
    try {
      return this.verifier.recognise(token);
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }

  private async revokeAccessToken(caller: Caller, token: VerifiedToken): Promise<void> {
    const { jti, sub, client_id: clientId } = token.claims;
    if (!mayRevoke(caller, [sub, clientId])) return;
    if (this.isOver(token)) return;
    await this.database.transaction(async () => {
      await this.audit.record(caller.actor, {
        action: 'token.revoked',
        target: { type: 'token', id: jti },
        detail: { principalId: sub, clientId },
      });
      await this.revocations.revoke(caller.actor, 'token_revoked', [
        { kind: 'token', subject: jti },
      ]);
    });
  }

  /** Whatever generation the token is of: who holds a spent one, and says that it is theirs, means the session. */
  private async revokeSession(caller: Caller, session: Session): Promise<void> {
    const { id, principalId, endedAt } = session;
    if (!mayRevoke(caller, [principalId]) || endedAt !== null) return;
    await this.database.transaction(async () => {
      await this.audit.record(caller.actor, {
        action: 'token.revoked',
        target: { type: 'session', id },
        detail: { principalId },
      });
      await this.sessions.end(caller.actor, principalId, id, 'token_revoked');
    });
  }

  /** Nothing is written for a token that nobody accepts again: sent a thousand times, it is one row. */
  private isOver({ claims, revocable }: VerifiedToken): boolean {
    return (
      this.index.find(revocable) !== undefined || claims.exp * 1000 + MARGIN < this.clock.now()
    );
  }
}

/**
 * Whose token it is, whom it was issued to, and whoever may revoke everything. Holding somebody's token
 * is no right to end it.
 */
function mayRevoke({ id, permissions }: Caller, owners: readonly string[]): boolean {
  return owners.includes(id) || permissions.has('revocations:write');
}
