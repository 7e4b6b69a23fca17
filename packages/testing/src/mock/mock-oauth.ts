import { randomUUID } from 'node:crypto';
import type { AccessTokenClaims } from '../../../../src/tokens/claims.js';
import { activeClaims } from './active-claims.js';
import type { MockRefreshTokens, RefreshTokenOwner } from './mock-refresh-tokens.js';
import type { Minter } from './minter.js';
import { OAuthError } from './oauth-answers.js';
import type { TokenRequest } from './token-request.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

type Form = URLSearchParams;

/**
 * The endpoints of OAuth, in so far as a service needs them. There are no grants here: a client gets
 * whatever scope it asks for, and learns about every token.
 */
export class MockOAuth {
  constructor(
    private readonly minter: Minter,
    private readonly refreshTokens: MockRefreshTokens,
  ) {}

  /** RFC 6749 4.4, RFC 8693. `client` is undefined for a person, who may exchange only. */
  token(form: Form, client: string | undefined): object {
    const grant = form.get('grant_type');
    if (grant === EXCHANGE) return this.exchange(form, client);
    if (grant !== 'client_credentials')
      throw new OAuthError(400, 'unsupported_grant_type', 'The grant type is not supported');
    // Who names no resource gets a token for Signet's own API, which no other service takes.
    const audience = this.minter.policy.issuer;
    return this.issue({ sub: expectClient(client), service: true, audience, ...asked(form) });
  }

  /** RFC 7662. */
  introspect(form: Form, client: string | undefined): object {
    expectClient(client);
    const token = form.get('token') ?? '';
    const claims = activeClaims(token, this.minter);
    if (claims !== undefined) return viewOf(claims);
    const owner = this.refreshTokens.find(token);
    if (owner === undefined || this.minter.revocations.hasId(owner.sid)) return { active: false };
    return this.viewOfRefreshToken(owner);
  }

  /** RFC 7009: what cannot be revoked is not an error. */
  revoke(form: Form, client: string | undefined): undefined {
    expectClient(client);
    const token = form.get('token') ?? '';
    const id = this.refreshTokens.find(token)?.sid ?? activeClaims(token, this.minter)?.jti;
    if (id !== undefined) this.minter.revocations.add(id);
  }

  private exchange(form: Form, client: string | undefined): object {
    const subject = activeClaims(form.get('subject_token') ?? '', this.minter);
    if (subject === undefined || subject.act !== undefined)
      throw new OAuthError(400, 'invalid_request', 'The subject token cannot be exchanged');
    const { audience, ...rest } = asked(form);
    if (audience === undefined)
      throw new OAuthError(400, 'invalid_target', 'There can be no token for this resource');
    const { sub, sid, roles, auth_time: authTime, amr } = subject;
    const token = this.issue({
      ...rest,
      sub,
      audience,
      roles,
      sessionId: sid,
      ...(client === undefined ? {} : { clientId: client, actor: client }),
      ...(authTime === undefined ? {} : { authTime }),
      ...(amr === undefined ? {} : { amr }),
    });
    return { ...token, issued_token_type: ACCESS_TOKEN };
  }

  private issue(request: TokenRequest): object {
    const claims = this.minter.claims(request);
    return {
      access_token: this.minter.sign(claims),
      token_type: 'Bearer',
      expires_in: claims.exp - claims.iat,
      scope: claims.scope,
    };
  }

  private viewOfRefreshToken({ sub, sid, issuedAt, endsAt }: RefreshTokenOwner): object {
    return {
      active: true,
      client_id: 'signet',
      iss: this.minter.policy.issuer,
      sub,
      sid,
      iat: issuedAt,
      exp: endsAt,
      auth_time: issuedAt,
      amr: ['pwd'],
    };
  }
}

function expectClient(client: string | undefined): string {
  if (client === undefined)
    throw new OAuthError(401, 'invalid_client', 'The client could not be authenticated');
  return client;
}

/** What the token is asked to say. */
function asked(form: Form): TokenRequest {
  const audience = form.get('resource') ?? form.get('audience');
  const scope = form.get('scope');
  return {
    sessionId: randomUUID(),
    ...(audience === null ? {} : { audience }),
    ...(scope === null ? {} : { scope }),
  };
}

/** What Signet tells of a token that is active. */
function viewOf(claims: AccessTokenClaims): object {
  const { user_claims: _, ver: __, status: ___, ...told } = claims;
  return { active: true, token_type: 'Bearer', ...told };
}
