import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { KeyRing } from '../keys/key-ring.js';
import { defineProblem } from '../platform/http/problem.js';
import type { AccessTokenClaims } from './claims.js';
import { ACCESS_TOKEN_TYPE } from './jws-header.js';

/** The `client_id` of tokens from first-party sign-in (RFC 9068 2.2 wants one). */
export const FIRST_PARTY_CLIENT = 'signet';

/** The token travels with each request, so it may not grow without end. */
export class TokenTooLarge extends defineProblem(
  'token_too_large',
  422,
  'The access token would be too large',
) {}

/** As long as they get, for what is only measured. */
const ANY_TIME = 9_999_999_999_000;
const ANY_VERSION = 2_147_483_647;

/** What a token is issued for. Instants are milliseconds since the epoch. */
export interface TokenGrant {
  readonly subject: string;
  readonly sessionId: string;
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly tokenVersion: number;
  /**
   * When the facts above were read, at the latest. The lifetime counts from here: however long this
   * process was held up since, the token ends within one lifetime of a revocation it did not see.
   */
  readonly asOf: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

/** Signs access tokens with the active key. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly keyRing: KeyRing,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws TokenTooLarge naming the largest claims. */
  issue(grant: TokenGrant): IssuedToken {
    const iat = Math.floor(grant.asOf / 1000);
    const expiresInSeconds = Math.floor(this.settings.accessTokenTtl / 1000);
    const claims: AccessTokenClaims = {
      iss: this.settings.issuer,
      sub: grant.subject,
      aud: this.settings.issuer,
      exp: iat + expiresInSeconds,
      nbf: iat,
      iat,
      jti: randomBytes(16).toString('base64url'),
      client_id: FIRST_PARTY_CLIENT,
      sid: grant.sessionId,
      auth_time: Math.floor(grant.authTime / 1000),
      amr: grant.amr,
      roles: grant.roles,
      scope: grant.permissions.join(' '),
      ver: grant.tokenVersion,
    };
    const { kid, algorithm, privateKey } = this.keyRing.active;
    const token = this.jwt.sign(claims, {
      privateKey,
      algorithm,
      header: { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid },
    });
    if (token.length > this.settings.accessTokenMaxSize)
      throw tooLarge(claims, this.settings.accessTokenMaxSize);
    return { token, expiresInSeconds, scope: claims.scope };
  }

  /**
   * Whether somebody with these roles could still get a token. Asked before roles are given: afterwards
   * nobody could sign in to take them away again.
   *
   * @throws TokenTooLarge naming the largest claims.
   */
  expectFits(roles: readonly string[], permissions: readonly string[]): void {
    const id = '00000000-0000-0000-0000-000000000000';
    this.issue({
      subject: id,
      sessionId: id,
      authTime: ANY_TIME,
      amr: ['pwd'],
      roles,
      permissions,
      tokenVersion: ANY_VERSION,
      asOf: ANY_TIME,
    });
  }
}

function tooLarge(claims: AccessTokenClaims, limit: number): TokenTooLarge {
  const largest = Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: JSON.stringify(value).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} (${bytes} bytes)`);
  return new TokenTooLarge({
    detail: `More than ${limit} bytes; the largest claims are ${largest.join(', ')}. Fewer roles or permissions make it smaller.`,
  });
}
