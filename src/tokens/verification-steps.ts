import { Inject, Injectable } from '@nestjs/common';
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
import { ACCESS_TOKEN_TYPE, parseObject, readHeader } from './jws-header.js';
import type { JwsHeader, ShapeFault } from './jws-header.js';
import { isSigned } from '../keys/signature.js';
import type { VerifiedToken } from './verified-token-cache.js';

/** What cannot change while the keys and the settings stay, so that a cache may remember it. */
export const CONTENT_STEPS = ['shape', 'header', 'signature', 'claims', 'issuer'] as const;

/** What depends on the moment, and on whom the token is shown to. */
export const MOMENT_STEPS = ['audience', 'lifetime', 'time', 'revocation'] as const;

/** The steps of verification, in their order; a token is refused at the first one that fails. */
export const VERIFICATION_STEPS = ['size', ...CONTENT_STEPS, ...MOMENT_STEPS] as const;
export type VerificationStep = (typeof VERIFICATION_STEPS)[number];

/** What can be wrong with a token; `stale` says nothing about the token, only that nothing is certain. */
export type Fault =
  | 'too_large'
  | ShapeFault
  | 'unknown_key'
  | 'other_algorithm'
  | 'other_type'
  | 'bad_signature'
  | 'wrong_claims'
  | 'other_issuer'
  | 'other_audience'
  | 'no_lifetime'
  | 'too_long_lived'
  | 'expired'
  | 'not_yet'
  | 'from_the_future'
  | 'revoked'
  | 'stale';

/** Above this, a token is not even looked at. */
export const SIZE_MAX = 8192;

/** A token on its way through the steps, with what they have found so far. */
export interface Attempt {
  readonly token: string;
  /** What `aud` may be; anything of ours when undefined. */
  readonly audiences: readonly string[] | undefined;
  header: JwsHeader | undefined;
  key: VerificationKey | undefined;
  /** What the signature vouches for. */
  payload: unknown;
  verified: VerifiedToken | undefined;
}

/** A token that has not taken a step yet. Every member is there from the start: the hot path makes one for each request. */
export function attemptAt(token: string, audiences: readonly string[] | undefined): Attempt {
  return {
    token,
    audiences,
    header: undefined,
    key: undefined,
    payload: undefined,
    verified: undefined,
  };
}

/** What the content steps have read. @throws Error when they were not taken. */
export function verifiedOf({ verified }: Attempt): VerifiedToken {
  return found(verified);
}

/** The steps themselves, for whoever refuses at the first fault and for whoever explains them all. */
@Injectable()
export class VerificationSteps {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly revocations: RevocationIndex,
    private readonly feed: RevocationFeed,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Of the keys that the steps are taken with: what was found with another one may not hold any more. */
  get keyGeneration(): number {
    return this.keyRing.generation;
  }

  /** Takes one step, after those before it; undefined when the token passes it. */
  take(step: VerificationStep, attempt: Attempt): Fault | undefined {
    switch (step) {
      case 'size':
        return attempt.token.length > SIZE_MAX ? 'too_large' : undefined;
      case 'shape':
        return readShape(attempt);
      case 'header':
        return this.findKey(attempt);
      case 'signature':
        return verifySignature(attempt);
      case 'claims':
        return readContent(attempt);
      case 'issuer':
        // The API's audience is the issuer's name, and a former name of one is a former name of the other.
        return this.settings.acceptedAudiences.includes(claimsOf(attempt).iss)
          ? undefined
          : 'other_issuer';
      case 'audience':
        return attempt.audiences?.includes(claimsOf(attempt).aud) === false
          ? 'other_audience'
          : undefined;
      case 'lifetime':
        return this.judgeLifetime(claimsOf(attempt));
      case 'time':
        return this.judgeTime(claimsOf(attempt));
      case 'revocation':
        return this.judgeRevocation(attempt);
    }
  }

  private findKey(attempt: Attempt): Fault | undefined {
    const { alg, typ, kid } = found(attempt.header);
    const key = this.keyRing.find(kid);
    if (key === undefined) return 'unknown_key';
    if (alg !== key.algorithm) return 'other_algorithm';
    if (typ !== ACCESS_TOKEN_TYPE) return 'other_type';
    attempt.key = key;
    return undefined;
  }

  private judgeLifetime({ exp, iat }: AccessTokenClaims): Fault | undefined {
    if (exp <= iat) return 'no_lifetime';
    return exp - iat > this.settings.accessTokenMaxTtl / 1000 ? 'too_long_lived' : undefined;
  }

  private judgeTime({ exp, nbf = 0, iat }: AccessTokenClaims): Fault | undefined {
    const now = this.clock.now() / 1000;
    const leeway = this.settings.clockLeeway / 1000;
    if (now >= exp + leeway) return 'expired';
    if (now < nbf - leeway) return 'not_yet';
    return now < iat - leeway ? 'from_the_future' : undefined;
  }

  private judgeRevocation(attempt: Attempt): Fault | undefined {
    // A revocation that is known holds even when others may be missing, so 401 comes before 503.
    if (this.revocations.find(verifiedOf(attempt).revocable) !== undefined) return 'revoked';
    return this.feed.isTrusted ? undefined : 'stale';
  }
}

function readShape(attempt: Attempt): Fault | undefined {
  const header = readHeader(attempt.token);
  if (typeof header === 'string') return header;
  attempt.header = header;
  return undefined;
}

function verifySignature(attempt: Attempt): Fault | undefined {
  const { token } = attempt;
  if (!isSigned(token, found(attempt.key))) return 'bad_signature';
  attempt.payload = parseObject(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')));
  return undefined;
}

function readContent(attempt: Attempt): Fault | undefined {
  const claims = readClaims(attempt.payload);
  if (claims === undefined) return 'wrong_claims';
  const revocable = revocableOf(claims, found(attempt.key).kid);
  attempt.verified = { claims, revocable, principal: principalOf(claims) };
  return undefined;
}

function claimsOf(attempt: Attempt): AccessTokenClaims {
  return verifiedOf(attempt).claims;
}

/** What an earlier step has found. @throws Error when the steps were not taken in their order. */
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A step of verification was taken before its time');
  return value;
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
