import { jwksAnswer } from '../../../../src/keys/jwks-answer.js';
import { publicAnswer } from '../../../../src/platform/http/public-answer.js';
import type { PublicAnswer } from '../../../../src/platform/http/public-answer.js';
import { activeClaims } from './active-claims.js';
import type { MockClients } from './mock-clients.js';
import { MockStatusLists } from './mock-status-lists.js';
import { metadataOf } from './mock-metadata.js';
import { MockOAuth } from './mock-oauth.js';
import type { MockRefreshTokens } from './mock-refresh-tokens.js';
import type { Minter } from './minter.js';
import { OAuthError, answer, answerTo } from './oauth-answers.js';

/** Signet's default, in milliseconds. */
const MAX_AGE = 300_000;
const METADATA_PATH = '/.well-known/oauth-authorization-server';
const STATUS_LISTS = '/v1/status-lists';
const FORM = 'application/x-www-form-urlencoded';

/** What Signet answers at the addresses that services use. */
export class MockEndpoints {
  private readonly oauth: MockOAuth;
  private readonly metadata: string;
  private readonly statusLists: MockStatusLists;

  constructor(
    private readonly minter: Minter,
    refreshTokens: MockRefreshTokens,
    private readonly clients: MockClients,
  ) {
    this.oauth = new MockOAuth(minter, refreshTokens);
    this.statusLists = new MockStatusLists(minter);
    this.metadata = JSON.stringify(metadataOf(minter.policy.issuer));
  }

  async answer(request: Request): Promise<Response> {
    const path = this.pathOf(request);
    switch (`${request.method} ${path}`) {
      case 'GET /.well-known/jwks.json':
        return responseOf(jwksAnswer(this.minter.keys.jwks, MAX_AGE, knownTag(request)));
      case `GET ${METADATA_PATH}`:
        return responseOf(
          publicAnswer(this.metadata, 'application/json', MAX_AGE, knownTag(request)),
        );
      case 'POST /oauth/token':
        return this.form(request, path, (form, client) => this.oauth.token(form, client));
      case 'POST /oauth/introspect':
        return this.form(request, path, (form, client) =>
          this.oauth.introspect(form, client ?? this.bearerOf(request)),
        );
      case 'POST /oauth/revoke':
        return this.form(request, path, (form, client) =>
          this.oauth.revoke(form, client ?? this.bearerOf(request)),
        );
      default:
        return this.statusListAt(request.method, path) ?? new Response(null, { status: 404 });
    }
  }

  private statusListAt(method: string, path: string): Response | undefined {
    const isBelow = path === STATUS_LISTS || path.startsWith(`${STATUS_LISTS}/`);
    return method === 'GET' && isBelow
      ? this.statusLists.answer(path.slice(STATUS_LISTS.length))
      : undefined;
  }

  /** Below the issuer, whose own path its metadata have at their end (RFC 8414 3.1). */
  private pathOf(request: Request): string {
    const { pathname } = new URL(request.url);
    const base = new URL(this.minter.policy.issuer).pathname.replace(/\/$/, '');
    if (pathname === METADATA_PATH + base) return METADATA_PATH;
    return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname;
  }

  /** Who calls with a token for Signet's own API, which introspection and revocation take as well as a client. */
  private bearerOf(request: Request): string | undefined {
    const [, token = ''] =
      /^Bearer ([^ ]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    const claims = activeClaims(token, this.minter);
    return claims?.aud === this.minter.policy.issuer ? claims.sub : undefined;
  }

  private async form(
    request: Request,
    path: string,
    work: (form: URLSearchParams, client: string | undefined) => object | undefined,
  ): Promise<Response> {
    try {
      if (!request.headers.get('content-type')?.startsWith(FORM))
        throw new OAuthError(415, 'invalid_request', `The body must be ${FORM}`);
      const form = new URLSearchParams(await request.text());
      return answer(work(form, await this.clients.callerOf(request, form, path)));
    } catch (error) {
      if (error instanceof OAuthError) return answerTo(error);
      throw error;
    }
  }
}

function knownTag(request: Request): string | undefined {
  return request.headers.get('if-none-match') ?? undefined;
}

/** As Fastify sends it, which adds the charset to what is JSON. */
function responseOf({ status, headers, body }: PublicAnswer): Response {
  const response = new Response(body ?? null, { status, headers });
  const type = headers['content-type'];
  if (type !== undefined) response.headers.set('content-type', `${type}; charset=utf-8`);
  return response;
}
