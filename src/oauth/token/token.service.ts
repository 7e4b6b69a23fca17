import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../access/current.js';
import { Metrics } from '../../platform/metrics.js';
import type { AuthenticatedClient } from '../../service-accounts/client-authentication/client-authenticator.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { CallersService } from '../clients/callers.service.js';
import { UnsupportedGrantType } from '../oauth.errors.js';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import { ACCESS_TOKEN_TYPE, CLIENT_CREDENTIALS, TOKEN_EXCHANGE } from './token.dto.js';
import type { AccessTokenResponse, TokenForm } from './token.dto.js';
import { TokenExchangeGrant } from './token-exchange.grant.js';

/** Issues tokens at the token endpoint. */
@Injectable()
export class TokenService {
  private readonly issued;

  constructor(
    private readonly callers: CallersService,
    private readonly clientCredentials: ClientCredentialsGrant,
    private readonly exchange: TokenExchangeGrant,
    metrics: Metrics,
  ) {
    this.issued = metrics.counter(
      'signet_oauth_tokens_issued_total',
      'Access tokens issued at the token endpoint, by grant',
      ['grant'],
    );
  }

  /** Whatever is not offered is refused, the password grant first of all (RFC 9700 2.4). @throws UnsupportedGrantType */
  async issue(request: FastifyRequest, form: TokenForm): Promise<AccessTokenResponse> {
    switch (form.grant_type) {
      case CLIENT_CREDENTIALS: {
        const client = await this.callers.client(request, form);
        const token = await this.clientCredentials.issue(client, form);
        this.issued.inc({ grant: 'client_credentials' });
        return respond(token);
      }
      case TOKEN_EXCHANGE: {
        const client = await this.exchangingClient(request, form);
        const token = await this.exchange.issue(client, form, originOf(request));
        this.issued.inc({ grant: 'token_exchange' });
        return { ...respond(token), issued_token_type: ACCESS_TOKEN_TYPE };
      }
      default:
        throw new UnsupportedGrantType();
    }
  }

  /** Undefined for a person, who has no client that could keep a secret, and names none or the first-party one. */
  private async exchangingClient(
    request: FastifyRequest,
    form: TokenForm,
  ): Promise<AuthenticatedClient | undefined> {
    const client = await this.callers.clientIfAny(request, form);
    const { client_id: id = FIRST_PARTY_CLIENT } = form;
    if (client === undefined && id !== FIRST_PARTY_CLIENT) throw new InvalidClient();
    return client;
  }
}

function respond({ token, expiresInSeconds, scope }: IssuedToken): AccessTokenResponse {
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, scope };
}
