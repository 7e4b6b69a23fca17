import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { ValidationFailed } from '../../platform/http/problems.js';
import { parseRefreshToken } from '../../sessions/refresh-token.js';
import { InvalidRefreshToken } from '../../sessions/sessions.errors.js';
import { TransportOff } from '../cookies/cookies.errors.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { CsrfService } from '../cookies/csrf.service.js';
import { TokenCookies } from '../cookies/token-cookies.js';
import { AccessTokenResponse, CookieResponse, TokenResponse } from './login.dto.js';
import type { RefreshRequest, Transport } from './login.dto.js';
import type { Granted } from './login.service.js';

/** A refresh token, and how it came: its successor goes back the same way. */
export interface PresentedRefresh {
  readonly token: string;
  readonly transport: Transport;
  /** Of the session, when the token came in a cookie; it stays the same, or parallel requests would fail. */
  readonly csrfToken?: string;
}

/** Carries tokens between Signet and its clients: in bodies, or in the cookies of a browser. */
@Injectable()
export class TransportService {
  constructor(
    private readonly cookies: TokenCookies,
    private readonly csrf: CsrfService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Before a sign-in. For cookies, only pages of ours may ask: a sign-in that another site makes a browser
   * send would leave somebody working in an account that is not theirs.
   *
   * @throws TransportOff
   * @throws CsrfFailed
   */
  admit(request: FastifyRequest, transport: Transport = 'bearer'): void {
    this.expectOn(transport);
    if (transport === 'cookie') this.csrf.expectOwnPage(request);
  }

  /**
   * The refresh token of a request, from its body or its cookie.
   *
   * @throws AmbiguousCredentials when it is in both.
   * @throws ValidationFailed when it is in neither.
   * @throws CsrfFailed when the cookie came and nothing shows that a page of ours sent it.
   * @throws InvalidRefreshToken when what the cookie holds has not the form of one.
   * @throws TransportOff
   */
  refreshTokenOf(
    request: FastifyRequest,
    { refresh_token: sent }: RefreshRequest,
  ): PresentedRefresh {
    const kept = this.cookies.refreshTokenOf(request);
    if (sent !== undefined && kept !== undefined) throw new AmbiguousCredentials();
    if (kept !== undefined) return this.refreshTokenOfCookie(request, kept);
    if (sent === undefined) throw new ValidationFailed({ errors: [MISSING] });
    this.expectOn('bearer');
    return { token: sent, transport: 'bearer' };
  }

  /** Characters that an access token may have, when the transport limits that. */
  tokenSizeMax(transport: Transport = 'bearer'): number | undefined {
    return transport === 'cookie' ? this.cookies.accessTokenMax : undefined;
  }

  /** Hands the tokens out: the body of the answer, and the cookies where those carry them. */
  answer(
    reply: FastifyReply,
    { sessionId, tokens }: Granted,
    transport: Transport = 'bearer',
    knownCsrfToken?: string,
  ): TokenResponse | CookieResponse {
    if (transport === 'bearer') return tokens;
    const csrfToken = knownCsrfToken ?? this.csrf.tokenFor(sessionId);
    this.cookies.set(reply, {
      accessToken: tokens.access_token,
      accessSeconds: tokens.expires_in,
      refreshToken: tokens.refresh_token,
      csrfToken,
    });
    return { expires_in: tokens.expires_in, scope: tokens.scope, csrf_token: csrfToken };
  }

  /** How the access token of a request came that has been let in. */
  transportOf(request: FastifyRequest): Transport {
    return this.cookies.accessTokenOf(request) === undefined ? 'bearer' : 'cookie';
  }

  /** Hands out a new access token of a session that goes on: nothing else of it changes. */
  answerAccessToken(
    request: FastifyRequest,
    reply: FastifyReply,
    issued: IssuedToken,
    transport: Transport,
  ): AccessTokenResponse | CookieResponse {
    if (transport === 'bearer') return AccessTokenResponse.of(issued);
    const { token, expiresInSeconds, scope } = issued;
    this.cookies.setAccessToken(reply, token, expiresInSeconds);
    // The one that let this request in.
    const csrfToken = this.cookies.csrfTokenOf(request) ?? '';
    return { expires_in: expiresInSeconds, scope, csrf_token: csrfToken };
  }

  /** After signing out: takes the cookies back from a browser whose cookie authenticated the request. */
  forget(request: FastifyRequest, reply: FastifyReply): void {
    if (this.transportOf(request) === 'cookie') this.cookies.clear(reply);
  }

  private refreshTokenOfCookie(request: FastifyRequest, token: string): PresentedRefresh {
    this.csrf.expectOwnPage(request);
    const claim = parseRefreshToken(token);
    if (claim === undefined) throw new InvalidRefreshToken();
    const csrfToken = this.csrf.verify(request, claim.sessionId);
    return { token, transport: 'cookie', csrfToken };
  }

  private expectOn(transport: Transport): void {
    const location = transport === 'cookie' ? 'cookie' : 'header';
    if (!this.settings.tokenLocations.includes(location)) throw new TransportOff();
  }
}

const MISSING = {
  pointer: '/refresh_token',
  code: 'required',
  detail: 'must be sent, here or as a cookie',
};
