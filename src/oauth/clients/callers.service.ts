import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AmbiguousCredentials, InvalidToken } from '../../access/access.errors.js';
import { originOf } from '../../access/current.js';
import type { Principal } from '../../access/principal.js';
import { bearerToken } from '../../auth/strategies/bearer-token.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Metrics } from '../../platform/metrics.js';
import { ClientAuthenticator } from '../../service-accounts/client-authentication/client-authenticator.js';
import type { AuthenticatedClient } from '../../service-accounts/client-authentication/client-authenticator.js';
import { readPresentedClient } from '../../service-accounts/client-authentication/presented-client.js';
import { Refusal } from '../../service-accounts/client-authentication/refusal.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { TOKEN_PATH, addressOf } from '../addresses.js';
import { callerOfClient, callerOfToken } from './caller.js';
import type { Caller } from './caller.js';
import type { ClientForm } from './client.dto.js';
import { ClientThrottle } from './client-throttle.js';

/** Finds out who calls an endpoint of OAuth. Cookies are no way to do so: nothing here is for pages. */
@Injectable()
export class CallersService {
  private readonly failures;

  constructor(
    private readonly authenticator: ClientAuthenticator,
    private readonly throttle: ClientThrottle,
    private readonly verifier: TokenVerifier,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'issuer' | 'tokenLocations'>,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter(
      'signet_client_authentications_failed_total',
      'Requests whose client could not be authenticated',
    );
  }

  /**
   * The client, or the bearer of an access token for Signet's own API.
   *
   * @throws InvalidClient
   * @throws InvalidToken
   * @throws AmbiguousCredentials
   * @throws TooManyAttempts
   * @throws ServiceUnavailable when the keys of the client cannot be known now; that counts as no failure.
   * @throws RevocationStateStale
   */
  async caller(request: FastifyRequest, form: ClientForm): Promise<Caller> {
    const origin = originOf(request);
    const takesHeader = this.settings.tokenLocations.includes('header');
    const token = takesHeader ? bearerToken(request) : undefined;
    if (token === undefined) return callerOfClient(await this.client(request, form), origin);
    if (hasProof(form)) throw new AmbiguousCredentials();
    const principal = this.verify(token);
    attribute(request, principal.id);
    return callerOfToken(principal, { origin });
  }

  /**
   * The client, which must have authenticated.
   *
   * @throws InvalidClient
   * @throws AmbiguousCredentials
   * @throws TooManyAttempts
   * @throws ServiceUnavailable when the keys of the client cannot be known now; that counts as no failure.
   */
  async client(request: FastifyRequest, form: ClientForm): Promise<AuthenticatedClient> {
    const client = await this.clientIfAny(request, form);
    // Nothing was tried, so nothing failed: neither counted nor audited, and anybody may ask.
    if (client === undefined) throw new InvalidClient();
    return client;
  }

  /** The same; undefined when the request does not try to authenticate a client. */
  async clientIfAny(
    request: FastifyRequest,
    form: ClientForm,
  ): Promise<AuthenticatedClient | undefined> {
    // Node keeps the first of two, a proxy perhaps the other.
    if (countAuthorizations(request) > 1) throw new AmbiguousCredentials();
    const { authorization } = request.headers;
    if (authorization === undefined && !hasProof(form)) return undefined;
    const origin = originOf(request);
    const attempt = { shown: shownBy(authorization, form), ip: origin.ip };
    this.throttle.admit(attempt);
    try {
      const client = await this.authenticator.authenticate({
        authorization,
        body: form,
        origin,
        audiences: this.audiencesAt(request),
      });
      attribute(request, client.id);
      return client;
    } catch (error) {
      if (error instanceof InvalidClient) {
        this.failures.inc();
        await this.throttle.fail(attempt);
      }
      throw error;
    }
  }

  /** RFC 7523 3: the issuer, or the token endpoint; libraries name that one wherever they authenticate. */
  private audiencesAt({ routeOptions }: FastifyRequest): readonly string[] {
    const { issuer } = this.settings;
    const here = `${issuer}${routeOptions.url ?? ''}`;
    return [...new Set([issuer, addressOf(issuer, TOKEN_PATH), here])];
  }

  private verify(token: string): Principal {
    try {
      return this.verifier.verify(token);
    } catch (error) {
      if (error instanceof TokenRefused) throw new InvalidToken();
      throw error;
    }
  }
}

/** For the line in the log; no guard looks at it any more. */
function attribute(request: FastifyRequest, id: string): void {
  Object.assign(request, { user: { id } });
}

function countAuthorizations({ raw }: FastifyRequest): number {
  const isName = (_: string, i: number) => i % 2 === 0; // names and values in turn
  return raw.rawHeaders.filter(isName).filter((name) => name.toLowerCase() === 'authorization')
    .length;
}

function hasProof({ client_secret, client_assertion, client_assertion_type }: ClientForm): boolean {
  return [client_secret, client_assertion, client_assertion_type].some((way) => way !== undefined);
}

/**
 * Which client says to prove itself with what, for counting: not the secret, but enough of its hash to
 * tell it from the next one. Nothing when that cannot be read.
 */
function shownBy(authorization: string | undefined, form: ClientForm): string {
  try {
    const presented = readPresentedClient(authorization, form);
    const proof =
      presented.method === 'private_key_jwt'
        ? (presented.assertion.kid ?? '')
        : createHash('sha256').update(presented.secret).digest('hex').slice(0, 4);
    return `${presented.method} ${presented.id} ${proof}`;
  } catch (error) {
    if (error instanceof Refusal) return '';
    throw error;
  }
}
