import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { KeyRing } from '../keys/key-ring.js';
import { defineProblem } from '../platform/http/problem.js';
import type { AccessTokenClaims, UserClaims } from './claims.js';
import { encryptToken } from './encrypt.js';
import type { EncryptionKey } from './encryption-key.js';
import { FIRST_PARTY_CLIENT, claimsOf, sign } from './mint.js';
import type { TokenGrant } from './mint.js';

/** The token travels with each request, so it may not grow without end. */
export class TokenTooLarge extends defineProblem(
  'token_too_large',
  422,
  'The access token would be too large',
) {}

/** As long as they get, for what is only measured. */
const ANY_TIME = 9_999_999_999_000;
const ANY_VERSION = 2_147_483_647;

export interface IssuedToken {
  /** As it is sent: a compact JWS, or a compact JWE around one. */
  readonly token: string;
  readonly claims: AccessTokenClaims;
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

  /**
   * @param carrierMax what the token's carrier holds, where that may be less than `ACCESS_TOKEN_MAX_SIZE`.
   * @throws TokenTooLarge naming the largest claims.
   */
  issue(grant: TokenGrant, carrierMax?: number): IssuedToken {
    const { claims, signed } = this.sign(grant);
    return this.issued(claims, signed, carrierMax);
  }

  /**
   * The same for a resource, encrypted when it has registered a key. The budget is for what is sent:
   * encrypted, a token is longer by a third and a block of the key.
   *
   * @throws TokenTooLarge naming the largest claims.
   */
  async issueForResource(
    grant: TokenGrant & { readonly audience: string },
    encryptionKey: EncryptionKey | null,
  ): Promise<IssuedToken> {
    const { claims, signed } = this.sign(grant);
    const isHopeless = signed.length > this.settings.accessTokenMaxSize; // encrypting never makes it shorter
    const token =
      encryptionKey === null || isHopeless ? signed : await encryptToken(signed, encryptionKey);
    return this.issued(claims, token);
  }

  /**
   * Whether somebody with these roles could still get a token. Asked before roles are given: afterwards
   * nobody could sign in to take them away again.
   *
   * @throws TokenTooLarge naming the largest claims.
   */
  expectFits(
    roles: readonly string[],
    permissions: readonly string[],
    userClaims: UserClaims = {},
  ): void {
    const id = '00000000-0000-0000-0000-000000000000';
    this.issue({
      subject: id,
      clientId: FIRST_PARTY_CLIENT,
      sessionId: id,
      authentication: { time: ANY_TIME, amr: ['pwd'] },
      roles,
      scope: permissions,
      tokenVersion: ANY_VERSION,
      userClaims,
      asOf: ANY_TIME,
    });
  }

  private sign(grant: TokenGrant): { claims: AccessTokenClaims; signed: string } {
    const claims = claimsOf(grant, this.settings);
    return { claims, signed: sign(this.jwt, claims, this.keyRing.active) };
  }

  private issued(claims: AccessTokenClaims, token: string, carrierMax = Infinity): IssuedToken {
    const limit = Math.min(this.settings.accessTokenMaxSize, carrierMax);
    if (token.length > limit) throw tooLarge(claims, limit, limit === carrierMax);
    return { token, claims, expiresInSeconds: claims.exp - claims.iat, scope: claims.scope };
  }
}

function tooLarge(claims: AccessTokenClaims, limit: number, isCarriers: boolean): TokenTooLarge {
  const largest = Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: JSON.stringify(value).length }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} (${bytes} bytes)`);
  return new TokenTooLarge({
    detail: `More than ${limit} bytes${isCarriers ? ', which is what a cookie holds' : ''}; the largest claims are ${largest.join(', ')}. Fewer roles or permissions make it smaller.`,
  });
}
