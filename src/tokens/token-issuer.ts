import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { KeyRing } from '../keys/key-ring.js';
import { defineProblem } from '../platform/http/problem.js';
import { ANY_STATUS_INDEX } from '../status-lists/status-reference.js';
import type { AccessTokenClaims, UserClaims } from './claims.js';
import { encryptToken } from './encrypt.js';
import type { EncryptionKey } from './encryption-key.js';
import { FIRST_PARTY_CLIENT, claimsOf, sign } from './mint.js';
import type { TokenGrant } from './mint.js';
import { largestClaims, sizeOf } from './token-size.js';

/** The token travels with each request, so it may not grow without end. */
export class TokenTooLarge extends defineProblem(
  'token_too_large',
  422,
  'The access token would be too large',
) {}

/** As long as they get, for what is only measured. */
const ANY_TIME = 9_999_999_999_000;
const ANY_VERSION = 2_147_483_647;
/** In the place of a `jti`, and as long as one: no token has it. */
const NO_TOKEN_ID = 'preview-not-a-token-id';

export interface IssuedToken {
  /** As it is sent: a compact JWS, or a compact JWE around one. */
  readonly token: string;
  readonly claims: AccessTokenClaims;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

/** What a token would be. */
export interface MeasuredToken {
  readonly claims: AccessTokenClaims;
  /** In bytes. */
  readonly size: number;
}

/** Signs access tokens with the active key. */
@Injectable()
export class TokenIssuer {
  constructor(
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

  /** The claims and the bytes of the token that `issue` would make. There is none: nothing is signed. */
  measure(grant: TokenGrant): MeasuredToken {
    const claims = { ...claimsOf(grant, this.settings), jti: NO_TOKEN_ID };
    return { claims, size: sizeOf(claims, this.keyRing.active) };
  }

  /** The same for what `issueForResource` would make. */
  async measureFor(grant: TokenGrant, encryptionKey: EncryptionKey | null): Promise<MeasuredToken> {
    const { claims, size } = this.measure(grant);
    if (encryptionKey === null) return { claims, size };
    // Of the token inside, only the length shows outside; letters of no meaning have it, too.
    const { length } = await encryptToken('x'.repeat(size), encryptionKey);
    return { claims, size: length };
  }

  /**
   * Whether somebody with these roles and claims could still get a token, also after a rotation to the
   * algorithm that is configured. Asked before they are given: afterwards nobody could sign in to take them
   * away again.
   *
   * @throws TokenTooLarge naming the largest claims.
   */
  expectFits(
    roles: readonly string[],
    permissions: readonly string[],
    userClaims: UserClaims = {},
  ): void {
    const id = '00000000-0000-0000-0000-000000000000';
    const { claims, size } = this.measure({
      subject: id,
      clientId: FIRST_PARTY_CLIENT,
      sessionId: id,
      statusIndex: ANY_STATUS_INDEX,
      authentication: { time: ANY_TIME, amr: ['pwd'] },
      roles,
      scope: permissions,
      tokenVersion: ANY_VERSION,
      userClaims,
      asOf: ANY_TIME,
    });
    const { signingAlgorithm, accessTokenMaxSize } = this.settings;
    const successor = { kid: this.keyRing.active.kid, algorithm: signingAlgorithm };
    if (Math.max(size, sizeOf(claims, successor)) > accessTokenMaxSize)
      throw tooLarge(claims, accessTokenMaxSize);
  }

  private sign(grant: TokenGrant): { claims: AccessTokenClaims; signed: string } {
    const claims = claimsOf(grant, this.settings);
    return { claims, signed: sign(claims, this.keyRing.active) };
  }

  private issued(claims: AccessTokenClaims, token: string, carrierMax = Infinity): IssuedToken {
    const limit = Math.min(this.settings.accessTokenMaxSize, carrierMax);
    if (token.length > limit) throw tooLarge(claims, limit, limit === carrierMax);
    return { token, claims, expiresInSeconds: claims.exp - claims.iat, scope: claims.scope };
  }
}

function tooLarge(claims: AccessTokenClaims, limit: number, isCarriers = false): TokenTooLarge {
  const largest = largestClaims(claims).map(({ name, bytes }) => `${name} (${bytes} bytes)`);
  return new TokenTooLarge({
    detail: `More than ${limit} bytes${isCarriers ? ', which is what a cookie holds' : ''}; the largest claims are ${largest.join(', ')}. Fewer roles, permissions or custom claims make it smaller.`,
  });
}
