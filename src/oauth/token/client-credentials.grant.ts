import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, isOwnAudience } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import type { AuthenticatedClient } from '../../service-accounts/client-authentication/client-authenticator.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { ownContent } from '../../tokens/own-content.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { granted, requestedScope, requestedTarget } from './requested.js';
import { ResourceTokens, lifetimeUntil } from './resource-tokens.service.js';
import type { TokenForm } from './token.dto.js';

/**
 * A service account's own token (RFC 6749 4.4). It is asked for all day, so nothing is written: a token
 * leaves no row in the audit log, and says itself which credential it was issued to (`sid`).
 */
@Injectable()
export class ClientCredentialsGrant {
  constructor(
    private readonly resourceTokens: ResourceTokens,
    private readonly issuer: TokenIssuer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @throws InvalidTarget
   * @throws InvalidScope
   * @throws InvalidClient when the credential ends within this second.
   * @throws TokenTooLarge
   */
  async issue(client: AuthenticatedClient, form: TokenForm): Promise<IssuedToken> {
    const target = requestedTarget(form);
    const asked = requestedScope(form);
    const token =
      target === undefined || isOwnAudience(this.settings, target)
        ? this.issueForSignet(client, asked)
        : await this.issueFor(target, client, asked);
    if (token === undefined) throw new InvalidClient();
    return token;
  }

  private async issueFor(
    target: string,
    client: AuthenticatedClient,
    asked: ReadonlySet<string> | undefined,
  ): Promise<IssuedToken | undefined> {
    const access = await this.resourceTokens.accessOf(target, client.id, client.standing);
    return this.resourceTokens.issue(access, asked, {
      subject: client.id,
      clientId: client.id,
      sessionId: client.credentialId,
      statusIndex: client.statusIndex,
      notAfter: endsOf(client),
      asOf: client.asOf,
    });
  }

  private issueForSignet(
    client: AuthenticatedClient,
    asked: ReadonlySet<string> | undefined,
  ): IssuedToken | undefined {
    const { id, credentialId, statusIndex, standing, asOf } = client;
    const scope = new Set(granted(standing.permissions, asked));
    const lifetime = lifetimeUntil(asOf, endsOf(client), this.settings.accessTokenTtl);
    if (lifetime < 1000) return undefined; // tokens count whole seconds
    return this.issuer.issue({
      ...ownContent(standing, scope),
      subject: id,
      clientId: id,
      sessionId: credentialId,
      statusIndex,
      lifetime,
      asOf,
    });
  }
}

/** No token outlives the credential that it was issued to. */
export function endsOf({ credentialExpiresAt }: AuthenticatedClient): readonly number[] {
  return credentialExpiresAt === undefined ? [] : [credentialExpiresAt];
}
