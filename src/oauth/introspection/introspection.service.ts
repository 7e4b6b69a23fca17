import { Inject, Injectable } from '@nestjs/common';
import { AccessDenied } from '../../access/access.errors.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import { RefreshService } from '../../sessions/refresh.service.js';
import type { Session } from '../../sessions/session.entity.js';
import type { AccessTokenClaims } from '../../tokens/claims.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import type { Caller } from '../clients/caller.js';
import type { IntrospectionView } from './introspection.dto.js';

/** RFC 7662 2.2: whatever the reason, and the same for what the caller may not know of. */
const INACTIVE: IntrospectionView = Object.freeze({ active: false });

/**
 * Says what a token is worth (RFC 7662), by the same code that guards and refreshes: what is active here
 * is accepted there.
 *
 * A resource's encrypted token is inactive: only the resource can read it, and may ask about what is inside.
 */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly refreshing: RefreshService,
    private readonly principals: PrincipalsService,
    private readonly access: ResourceAccessService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'issuer'>,
  ) {}

  /**
   * A service account learns about tokens that were issued to it and those for resources that it owns;
   * whoever holds `tokens:introspect`, about all.
   *
   * @throws AccessDenied for an access token without that permission.
   * @throws RevocationStateStale when whether the token was revoked is not known now: saying that it is
   *   not active would make its holder throw it away.
   */
  async introspect(caller: Caller, token: string): Promise<IntrospectionView> {
    const seesAll = caller.permissions.has('tokens:introspect');
    if (!caller.isClient && !seesAll)
      throw new AccessDenied('needs the permission tokens:introspect');
    const claims = this.verify(token);
    if (claims !== undefined) {
      const maySee = seesAll || (await this.concerns(caller, claims));
      return maySee ? viewOfAccessToken(claims) : INACTIVE;
    }
    // Sessions are people's: nobody but whoever may see all has to do with them.
    const session = seesAll ? await this.refreshable(token) : undefined;
    return session === undefined ? INACTIVE : this.viewOfRefreshToken(session);
  }

  private verify(token: string): AccessTokenClaims | undefined {
    try {
      return this.verifier.verifyForAnyone(token).claims;
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }

  private async concerns({ id }: Caller, { client_id, aud }: AccessTokenClaims): Promise<boolean> {
    return client_id === id || (await this.access.isOwner(aud, id));
  }

  private async refreshable(token: string): Promise<Session | undefined> {
    const session = await this.refreshing.refreshable(token);
    if (session === undefined) return undefined;
    const standing = await this.principals.standing(session.principalId);
    return standing?.status === 'active' ? session : undefined;
  }

  private viewOfRefreshToken(session: Session): IntrospectionView {
    const { id, principalId, rotatedAt, idleExpiresAt, absoluteExpiresAt } = session;
    return {
      active: true,
      client_id: FIRST_PARTY_CLIENT,
      iss: this.settings.issuer,
      sub: principalId,
      sid: id,
      iat: Math.floor(rotatedAt / 1000),
      exp: Math.floor(Math.min(idleExpiresAt, absoluteExpiresAt) / 1000),
      auth_time: Math.floor(session.authTime / 1000),
      amr: session.amr.split(' '),
    };
  }
}

/** What the token says; not what an administrator says of the person (`user_claims`), nor
 * where its status is: who asks has the token itself. */
function viewOfAccessToken(claims: AccessTokenClaims): IntrospectionView {
  const { user_claims: _, ver: __, status: ___, ...told } = claims;
  return { active: true, token_type: 'Bearer', ...told };
}
