import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { Database } from '../../platform/database/database.js';
import { ExpiryClock } from '../../platform/expiry-clock.js';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import { RevocationIndex } from '../../revocation/revocation-index.js';
import { RevocationService } from '../../revocation/revocation.service.js';
import { RefreshService } from '../../sessions/refresh.service.js';
import type { Session } from '../../sessions/session.entity.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { parseObject } from '../../tokens/jws-header.js';
import type { VerifiedToken } from '../../tokens/verified-token-cache.js';
import { UnsupportedTokenType } from '../oauth.errors.js';
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
    private readonly feed: RevocationFeed,
    private readonly refreshing: RefreshService,
    private readonly sessions: SessionsService,
    private readonly access: ResourceAccessService,
    private readonly revocations: RevocationService,
    private readonly index: RevocationIndex,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly expiry: ExpiryClock,
  ) {}

  /** @throws UnsupportedTokenType for an encrypted token: to say nothing would promise that it is revoked. */
  async revoke(caller: Caller, token: string): Promise<void> {
    if (isEncrypted(token)) throw new UnsupportedTokenType();
    const recognised = await this.recognise(token);
    if (recognised !== undefined) return this.revokeAccessToken(caller, recognised);
    // RFC 7009 2.1: a refresh token takes everything that came of it along.
    const session = await this.refreshing.sessionOf(token);
    if (session !== undefined) await this.revokeSession(caller, session);
  }

  private async recognise(token: string): Promise<VerifiedToken | undefined> {
    const found = this.look(token);
    if (found !== 'unknown key') return found;
    // It may be so new that this replica has not heard of it: two in a row were compromised, say.
    await this.feed.catchUp();
    const again = this.look(token);
    return again === 'unknown key' ? undefined : again;
  }

  private look(token: string): VerifiedToken | 'unknown key' | undefined {
    try {
      return this.verifier.recognise(token);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return error.fault === 'unknown_key' ? 'unknown key' : undefined;
    }
  }

  private async revokeAccessToken(caller: Caller, token: VerifiedToken): Promise<void> {
    const { jti, sub, client_id: clientId, aud } = token.claims;
    const isMine =
      mayRevoke(caller, [sub, clientId]) || (await this.access.isOwner(aud, caller.id));
    if (!isMine) return;
    if (await this.isOver(token)) return;
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
    if (!mayRevoke(caller, [principalId])) return;
    // Over, and known to be: sent a thousand times, it is one row. Another replica may have ended it just now.
    if (endedAt !== null && this.index.hasHolder(id)) return;
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
  private async isOver({ claims, revocable }: VerifiedToken): Promise<boolean> {
    if (this.index.find(revocable) !== undefined) return true;
    // By no clock alone: where one is ahead, a token that all others take would seem to be over.
    return claims.exp * 1000 + MARGIN < this.expiry.at(await this.database.now());
  }
}

/** Five parts, the first of which says how they are encrypted (RFC 7516 7.1), whoever made it. */
function isEncrypted(token: string): boolean {
  const [header = '', ...rest] = token.split('.', 6);
  if (rest.length !== 4) return false;
  return typeof parseObject(header)?.['enc'] === 'string';
}

/**
 * Whose token it is, whom it was issued to, and whoever may revoke everything; for whoever owns the resource
 * that an access token is for, the caller looks. Holding somebody's token is no right to end it. Of these,
 * who may revoke everything needs no more, also for an administrator's: they have the token in hand, so to
 * end it is the least that they could do with it.
 */
function mayRevoke({ id, permissions }: Caller, owners: readonly string[]): boolean {
  return owners.includes(id) || permissions.has('revocations:write');
}
