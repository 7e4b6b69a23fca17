import type { AccessTokenClaims, ActorClaim, UserClaims } from './claims.js';

/** A token that is good, in words of the application. Moments are seconds since the epoch. */
export interface VerifiedToken {
  readonly issuer: string;
  /** The identifier of the resource, of those that were accepted. */
  readonly audience: string;
  /** Opaque and immutable: what your data should refer to. */
  readonly sub: string;
  /** Whether a service speaks for itself; otherwise a person, perhaps through a service (`act`). */
  readonly isService: boolean;
  readonly clientId: string;
  /** The granted actions. */
  readonly scope: ReadonlySet<string>;
  readonly roles: readonly string[];
  /** The service that acts for the subject. */
  readonly act: ActorClaim | undefined;
  /** What an administrator wrote; any JSON may be in it. */
  readonly userClaims: UserClaims;
  readonly tokenId: string;
  readonly sessionId: string;
  /** When the person last proved who they are; undefined for a service. */
  readonly authTime: number | undefined;
  readonly amr: readonly string[];
  readonly acr: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** As they stand in the token. */
  readonly claims: AccessTokenClaims;
}

/** The words for claims that were verified. */
export function verifiedToken(claims: AccessTokenClaims): VerifiedToken {
  return Object.freeze({
    issuer: claims.iss,
    audience: claims.aud,
    sub: claims.sub,
    // RFC 9068 2.2: then the subject is the client.
    isService: claims.sub === claims.client_id,
    clientId: claims.client_id,
    scope: new Set(claims.scope.split(' ').filter((action) => action !== '')),
    roles: Object.freeze([...claims.roles]),
    act: claims.act,
    userClaims: claims.user_claims ?? {},
    tokenId: claims.jti,
    sessionId: claims.sid,
    authTime: claims.auth_time,
    amr: Object.freeze([...(claims.amr ?? [])]),
    acr: claims.acr,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    claims,
  });
}
