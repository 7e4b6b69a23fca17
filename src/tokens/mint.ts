import { randomBytes } from 'node:crypto';
import type { SigningKeyPair } from '../keys/key-material.js';
import { statusClaim } from '../status-lists/status-reference.js';
import type { AccessTokenClaims, ActorClaim, UserClaims } from './claims.js';
import { ACCESS_TOKEN_TYPE } from './jws-header.js';
import { signed } from '../keys/signature.js';

/** The `client_id` of tokens from first-party sign-in (RFC 9068 2.2 wants one). */
export const FIRST_PARTY_CLIENT = 'signet';

/** How a person proved who they are. */
export interface Authentication {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** RFC 8176. */
  readonly amr: readonly string[];
}

/** What a token is issued for. Instants and spans are milliseconds. */
export interface TokenGrant {
  readonly subject: string;
  /** `FIRST_PARTY_CLIENT`, or the service account that asked. */
  readonly clientId: string;
  /** The session; of a service's own token, the credential. */
  readonly sessionId: string;
  /** Of the session or the credential; without one the token says no status. */
  readonly statusIndex?: number | null;
  /** Absent in a service's own token. */
  readonly authentication?: Authentication;
  /** The identifier of a resource; Signet's own API when absent. */
  readonly audience?: string;
  readonly roles: readonly string[];
  /** Permissions of Signet, or actions of the resource. */
  readonly scope: readonly string[];
  readonly tokenVersion: number;
  readonly actor?: ActorClaim;
  readonly userClaims?: UserClaims;
  /** `ACCESS_TOKEN_TTL` when absent. */
  readonly lifetime?: number;
  /**
   * When the facts above were read, at the latest. The lifetime counts from here: however long this
   * process was held up since, the token ends within one lifetime of a revocation it did not see.
   */
  readonly asOf: number;
}

/** The settings that tokens depend on, by their names in `Settings`: whoever mints need not have all of them. */
export interface TokenPolicy {
  readonly issuer: string;
  /** Milliseconds. */
  readonly accessTokenTtl: number;
  readonly accessTokenNbf: boolean;
  /** Whether tokens say where their status is. */
  readonly statusLists: boolean;
}

/**
 * How surely a person is known (`acr`, RFC 9068 2.2.1): `aal1`, one factor, is all that there is so far
 * (NIST SP 800-63B 4.1).
 */
export function acrOf(amr: readonly string[]): string {
  return amr.length === 0 ? 'aal0' : 'aal1';
}

/** The claims of a new token. */
export function claimsOf(grant: TokenGrant, policy: TokenPolicy): AccessTokenClaims {
  const iat = Math.floor(grant.asOf / 1000);
  const { authentication, actor, userClaims, statusIndex = null } = grant;
  return {
    iss: policy.issuer,
    sub: grant.subject,
    aud: grant.audience ?? policy.issuer,
    exp: iat + lifetimeSeconds(grant, policy),
    ...(policy.accessTokenNbf ? { nbf: iat } : {}),
    iat,
    jti: randomBytes(16).toString('base64url'),
    client_id: grant.clientId,
    sid: grant.sessionId,
    ...(authentication === undefined
      ? {}
      : {
          auth_time: Math.floor(authentication.time / 1000),
          amr: authentication.amr,
          acr: acrOf(authentication.amr),
        }),
    roles: grant.roles,
    scope: grant.scope.join(' '),
    ver: grant.tokenVersion,
    ...(actor === undefined ? {} : { act: actor }),
    ...(statusIndex === null || !policy.statusLists
      ? {}
      : { status: statusClaim(policy.issuer, statusIndex) }),
    ...(userClaims === undefined || Object.keys(userClaims).length === 0
      ? {}
      : { user_claims: userClaims }),
  };
}

function lifetimeSeconds(grant: TokenGrant, policy: TokenPolicy): number {
  return Math.floor((grant.lifetime ?? policy.accessTokenTtl) / 1000);
}

/** The claims as a compact JWS, signed with the key. */
export function sign(claims: AccessTokenClaims, key: SigningKeyPair): string {
  return signed(headerOf(key), claims, key);
}

/** The header of a token that the key signs. */
export function headerOf({ algorithm, kid }: Pick<SigningKeyPair, 'algorithm' | 'kid'>) {
  return { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid };
}
