import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import { SessionsRepository } from '../../sessions/sessions.repository.js';
import type { AccessTokenClaims } from '../../tokens/claims.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { InvalidSubjectToken } from '../oauth.errors.js';

/** A person's token that is good for an exchange. */
export interface SubjectToken {
  readonly principal: Principal;
  readonly claims: AccessTokenClaims;
  /** Of the session; null when it has none yet. */
  readonly statusIndex: number | null;
}

/**
 * Judges subject tokens (RFC 8693 2.1). Only a token that a person got by signing in, or exchanged by
 * themselves, is one: a service's own speaks for nobody, and one that a service already acts with would
 * make a chain, of which revoking the first link must end the last.
 */
@Injectable()
export class SubjectTokens {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly sessions: SessionsRepository,
    private readonly access: ResourceAccessService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'acceptedAudiences'>,
  ) {}

  /**
   * @param clientId the service account that wants to act for the person; absent when nobody does.
   * @throws InvalidSubjectToken
   * @throws RevocationStateStale
   */
  async read(token: string, clientId: string | undefined): Promise<SubjectToken> {
    const { claims, principal } = this.verify(token);
    // Every other token was issued to a service: as its own, or to act (`act`).
    if (claims.client_id !== FIRST_PARTY_CLIENT)
      throw refused('Only what a person got for themselves can be exchanged');
    if (!(await this.isFor(claims.aud, clientId)))
      throw refused('The subject token is meant for somebody else');
    // This replica may not have heard of the end of the session yet; whoever asks for a new token can wait for it.
    const session = await this.sessions.find(claims.sid);
    if (session?.endedAt !== null) throw refused();
    return { claims, principal, statusIndex: session.statusIndex };
  }

  private verify(token: string) {
    try {
      return this.verifier.verifyForAnyone(token);
    } catch (error) {
      if (error instanceof TokenRefused) throw refused();
      throw error;
    }
  }

  /**
   * A person exchanges what they got for Signet's own API. A service may hold that, too, or a token that
   * was issued for a resource of its own: a token for somebody else's resource came into its hands by
   * mistake or worse, and is worth nothing there.
   */
  private async isFor(audience: string, clientId: string | undefined): Promise<boolean> {
    if (this.settings.acceptedAudiences.includes(audience)) return true;
    return clientId !== undefined && (await this.access.isOwner(audience, clientId));
  }
}

function refused(detail?: string): InvalidSubjectToken {
  return new InvalidSubjectToken(detail === undefined ? {} : { detail });
}
