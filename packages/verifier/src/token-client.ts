import { isObject } from './claims.js';
import { assertionParameters, basicAuthorization } from './client-authentication.js';
import type { Client } from './client-authentication.js';
import { clockFrom } from './clock.js';
import type { Clock } from './clock.js';
import { JsonHttp } from './http.js';
import type { HttpOptions } from './http.js';
import { IssuerMetadata } from './metadata.js';
import { SingleFlight } from './single-flight.js';

type Where =
  | { readonly issuer: string; readonly tokenEndpoint?: never }
  | { readonly tokenEndpoint: string; readonly issuer?: never };

/** Where is `issuer`, whose metadata then names the endpoint, or the `tokenEndpoint` itself. */
export type TokenClientOptions = HttpOptions &
  Where &
  Client & {
    /** Identifier of the resource that the tokens are for (RFC 8707). */
    readonly resource?: string;
    /** Of what is granted; all of it when absent. */
    readonly scope?: readonly string[];
    /** How many seconds before its end a token is replaced; 30 when absent, at most half its life. */
    readonly refreshBefore?: number;
    /** Parts of a clock, for tests. */
    readonly clock?: Partial<Clock>;
  };

/** The token endpoint said no (RFC 6749 5.2). */
export class TokenRequestFailed extends Error {
  override readonly name = 'TokenRequestFailed';

  constructor(
    readonly status: number,
    /** Such as `invalid_client` or `invalid_scope`. */
    readonly error: string | undefined,
    description: string | undefined,
  ) {
    super(
      ['The token endpoint answered', status, error, description]
        .filter((word) => word !== undefined)
        .join(' '),
    );
  }
}

interface CachedToken {
  readonly token: string;
  /** On the monotonic clock, milliseconds. */
  readonly replaceAt: number;
  readonly expiresAt: number;
}

/** Gets tokens for a service account (RFC 6749 4.4) and keeps each until shortly before its end. */
export function createTokenClient(options: TokenClientOptions): TokenClient {
  return new TokenClient(options);
}

/** Made by `createTokenClient`. */
export class TokenClient {
  private readonly http: JsonHttp;
  private readonly clock: Clock;
  private readonly metadata: IssuerMetadata | undefined;
  private readonly requesting = new SingleFlight(() => this.request());
  private cached: CachedToken | undefined;

  constructor(private readonly options: TokenClientOptions) {
    this.http = new JsonHttp(options);
    this.clock = clockFrom(options.clock);
    const { issuer, tokenEndpoint } = options;
    this.metadata = issuer === undefined ? undefined : new IssuerMetadata(issuer, this.http);
    if (tokenEndpoint !== undefined) this.http.checkUrl(tokenEndpoint, 'tokenEndpoint');
  }

  /**
   * A token that is good for a while. However many ask at once, one request is made.
   *
   * @throws TokenRequestFailed when Signet refuses, Error when it does not answer. Neither while the
   * token from before is still good.
   */
  async token(): Promise<string> {
    const { cached } = this;
    const now = this.clock.monotonic();
    if (cached !== undefined && now < cached.replaceAt) return cached.token;
    try {
      return await this.requesting.run();
    } catch (error) {
      this.metadata?.forget(); // the endpoint may have moved
      if (cached !== undefined && this.clock.monotonic() < cached.expiresAt) return cached.token;
      throw error;
    }
  }

  /** Call it when a service refused the token with 401: the next call of `token` gets another one. */
  forget(token: string): void {
    if (this.cached?.token === token) this.cached = undefined;
  }

  private async request(): Promise<string> {
    const began = this.clock.monotonic();
    const { token, lifetime } = await this.post();
    const early = Math.min(this.options.refreshBefore ?? 30, lifetime / 2);
    this.cached = {
      token,
      replaceAt: began + (lifetime - early) * 1000,
      expiresAt: began + lifetime * 1000,
    };
    return token;
  }

  private async post(): Promise<{ token: string; lifetime: number }> {
    const { tokenEndpoint, resource, scope } = this.options;
    const endpoint = tokenEndpoint ?? (await this.metadata?.endpoint('token_endpoint'));
    if (endpoint === undefined) throw new TypeError('A token client needs issuer or tokenEndpoint');
    const { headers, parameters } = await this.authenticate(endpoint);
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(resource === undefined ? {} : { resource }),
      ...(scope === undefined ? {} : { scope: scope.join(' ') }),
      ...parameters,
    });
    const { status, body } = await this.http.post(endpoint, form, headers);
    const answer = isObject(body) ? (body as Record<string, unknown>) : {};
    const { access_token: token, expires_in: lifetime } = answer;
    if (status !== 200 || typeof token !== 'string' || typeof lifetime !== 'number') {
      throw new TokenRequestFailed(
        status,
        textIn(answer['error']),
        textIn(answer['error_description']),
      );
    }
    return { token, lifetime };
  }

  private async authenticate(endpoint: string): Promise<{
    headers: Record<string, string>;
    parameters: Record<string, string>;
  }> {
    const { clientId, clientSecret, privateKey, issuer } = this.options;
    if (clientSecret !== undefined) {
      return {
        headers: { authorization: basicAuthorization(clientId, clientSecret) },
        parameters: {},
      };
    }
    // The issuer, not the endpoint: no other server could use an assertion that is made out to it.
    const parameters = await assertionParameters(
      clientId,
      privateKey,
      issuer ?? endpoint,
      this.clock.now(),
    );
    return { headers: {}, parameters };
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
