import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Principal } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { KeyRing } from '../keys/key-ring.js';
import type { VerificationKey } from '../keys/key-material.js';
import { Clock } from '../platform/clock.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import type { RevocableToken } from '../revocation/revocation.js';
import { isOfService, readClaims } from './claims.js';
import type { AccessTokenClaims } from './claims.js';
import { ACCESS_TOKEN_TYPE, readHeader } from './jws-header.js';
import { VerifiedTokenCache } from './verified-token-cache.js';
import type { VerifiedToken } from './verified-token-cache.js';

/** The steps of verification, in their order; a token is refused at the first one that fails. */
export const VERIFICATION_STEPS = [
  'size',
  'shape',
  'header',
  'signature',
  'claims',
  'issuer',
  'audience',
  'lifetime',
  'time',
  'revocation',
] as const;
export type VerificationStep = (typeof VERIFICATION_STEPS)[number];

/** The token was refused. For our logs and metrics only: callers all get the same 401. */
export class TokenRefused extends Error {
  constructor(readonly step: VerificationStep) {
    super(`The token was refused at: ${step}`);
    this.name = 'TokenRefused';
  }
}

/** Above this, a token is not even looked at. */
const SIZE_MAX = 8192;

/** Verifies access tokens for Signet's own API, asking nobody: keys and revocations are in memory. */
@Injectable()
export class TokenVerifier {
  private readonly cache = new VerifiedTokenCache();
  private keyGeneration = -1;

  constructor(
    private readonly jwt: JwtService,
    private readonly keyRing: KeyRing,
    private readonly revocations: RevocationIndex,
    private readonly feed: RevocationFeed,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @throws TokenRefused when the token is not good.
   * @throws RevocationStateStale when that cannot be known now.
   */
  verify(token: string): Principal {
    return this.run(token, this.settings.acceptedAudiences).principal;
  }

  /**
   * The same for a token of ours that may be meant for anybody: introspection, revocation, exchange.
   *
   * @throws TokenRefused when the token is not good.
   * @throws RevocationStateStale when that cannot be known now.
   */
  verifyForAnyone(token: string): VerifiedToken {
    return this.run(token, undefined);
  }

  private run(token: string, audiences: readonly string[] | undefined): VerifiedToken {
    if (token.length > SIZE_MAX) throw new TokenRefused('size');
    this.forgetOldKeys();
    const key = VerifiedTokenCache.keyOf(token);
    const cached = this.cache.get(key);
    const verified = cached ?? this.verifyContent(token);
    const { claims } = verified;
    if (audiences?.includes(claims.aud) === false) throw new TokenRefused('audience');
    this.verifyLifetime(claims);
    this.verifyTime(claims);
    this.verifyNotRevoked(verified);
    if (cached === undefined) this.cache.put(key, verified);
    return verified;
  }

  /** Everything that cannot change while the key and the settings stay: shape, signature, claims. */
  private verifyContent(token: string): VerifiedToken {
    const header = readHeader(token);
    if (header === undefined) throw new TokenRefused('shape');
    const key = this.keyRing.find(header.kid);
    if (header.alg !== key?.algorithm || header.typ !== ACCESS_TOKEN_TYPE) {
      throw new TokenRefused('header');
    }
    const claims = readClaims(this.verifySignature(token, key));
    if (claims === undefined) throw new TokenRefused('claims');
    if (claims.iss !== this.settings.issuer) throw new TokenRefused('issuer');
    return { claims, revocable: revocableOf(claims, key.kid), principal: principalOf(claims) };
  }

  /** What was verified before the keys changed may have been verified with one that is gone. */
  private forgetOldKeys(): void {
    if (this.keyGeneration === this.keyRing.generation) return;
    this.cache.clear();
    this.keyGeneration = this.keyRing.generation;
  }

  private verifySignature(token: string, key: VerificationKey): unknown {
    try {
      // Time is checked by `verifyTime`, on cached tokens too. jsonwebtoken checks neither `crit` nor the claims' types.
      return this.jwt.verify<object>(token, {
        // The declared type lacks KeyObject, which jsonwebtoken takes; a string here is 20 times slower.
        publicKey: key.publicKey as unknown as string,
        algorithms: [key.algorithm],
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
    } catch {
      throw new TokenRefused('signature'); // the reason may not matter to a caller, and ours is in the step
    }
  }

  private verifyLifetime({ exp, iat }: AccessTokenClaims): void {
    if (exp <= iat || exp - iat > this.settings.accessTokenMaxTtl / 1000)
      throw new TokenRefused('lifetime');
  }

  private verifyTime({ exp, nbf = 0, iat }: AccessTokenClaims): void {
    const now = this.clock.now() / 1000;
    const leeway = this.settings.clockLeeway / 1000;
    if (now >= exp + leeway || now < nbf - leeway || now < iat - leeway)
      throw new TokenRefused('time');
  }

  private verifyNotRevoked({ revocable }: VerifiedToken): void {
    // A revocation that is known holds even when others may be missing, so 401 comes before 503.
    if (this.revocations.find(revocable) !== undefined) throw new TokenRefused('revocation');
    this.feed.assertFresh();
  }
}

function revocableOf(claims: AccessTokenClaims, kid: string): RevocableToken {
  const { jti, sid, sub, ver, act } = claims;
  return { jti, sid, sub, ver, kid, ...(act === undefined ? {} : { act }) };
}

function principalOf(claims: AccessTokenClaims): Principal {
  return Object.freeze({
    id: claims.sub,
    type: isOfService(claims) ? ('service' as const) : ('user' as const),
    sessionId: claims.sid,
    tokenId: claims.jti,
    clientId: claims.client_id,
    roles: Object.freeze([...claims.roles]),
    permissions: new Set(claims.scope.split(' ').filter((permission) => permission !== '')),
    authTime: claims.auth_time ?? claims.iat,
    amr: Object.freeze([...(claims.amr ?? [])]),
    ...(claims.acr === undefined ? {} : { acr: claims.acr }),
    expiresAt: claims.exp,
  });
}
