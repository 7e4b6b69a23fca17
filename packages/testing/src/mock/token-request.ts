import { randomUUID } from 'node:crypto';
import type { ActorClaim, UserClaims } from '../../../../src/tokens/claims.js';
import { FIRST_PARTY_CLIENT } from '../../../../src/tokens/mint.js';
import type { TokenGrant } from '../../../../src/tokens/mint.js';
import type { MockRevocations } from './mock-revocations.js';

/** The `sub` of tokens for which none was asked. */
export const DEFAULT_SUBJECT = '6f1d3c52-7a0e-4b6d-9c1f-2e8a5d4b3c21';

/**
 * What a token is to say; what is left out is as Signet has it for a person who signed in just now.
 * Spans are seconds, and instants seconds since the epoch, as in the token itself.
 */
export interface TokenRequest {
  readonly sub?: string;
  /** The identifier of the resource; the issuer's default when absent. */
  readonly audience?: string;
  /** Actions, as a list or separated by spaces. */
  readonly scope?: string | readonly string[];
  readonly roles?: readonly string[];
  /** What an administrator would have set: `user_claims`. */
  readonly userClaims?: UserClaims;
  readonly lifetime?: number;
  /** The service that acts for the subject (RFC 8693 4.1): its id, or the whole claim. */
  readonly actor?: string | ActorClaim;
  /** A service's own token: then `client_id` is `sub`, and nobody signed in. */
  readonly service?: boolean;
  /** Who asked for the token; `signet` when absent, which is sign-in with a password. */
  readonly clientId?: string;
  /** `sid`: the session, or the credential of a service. */
  readonly sessionId?: string;
  /** When the person proved who they are. */
  readonly authTime?: number;
  /** How (RFC 8176); `['pwd']` when absent. */
  readonly amr?: readonly string[];
}

/** The grant that Signet would issue the token for, as of an instant in milliseconds. */
export function grantOf(
  request: TokenRequest,
  asOf: number,
  { versionOf, indexOf }: Pick<MockRevocations, 'versionOf' | 'indexOf'>,
): TokenGrant {
  const { sub = DEFAULT_SUBJECT, scope = [], service = false, actor } = request;
  const sessionId = request.sessionId ?? randomUUID();
  return {
    subject: sub,
    clientId: service ? sub : (request.clientId ?? FIRST_PARTY_CLIENT),
    sessionId,
    statusIndex: indexOf(sessionId),
    ...(service
      ? {}
      : { authentication: { time: authTimeOf(request, asOf), amr: request.amr ?? ['pwd'] } }),
    ...(request.audience === undefined ? {} : { audience: request.audience }),
    roles: request.roles ?? [],
    scope: typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : scope,
    tokenVersion: versionOf(sub),
    ...(actor === undefined ? {} : { actor: actorOf(actor, versionOf) }),
    ...(request.userClaims === undefined ? {} : { userClaims: request.userClaims }),
    ...(request.lifetime === undefined ? {} : { lifetime: request.lifetime * 1000 }),
    asOf,
  };
}

function authTimeOf({ authTime }: TokenRequest, asOf: number): number {
  return authTime === undefined ? asOf : authTime * 1000;
}

function actorOf(actor: string | ActorClaim, versionOf: (sub: string) => number): ActorClaim {
  return typeof actor === 'string'
    ? { sub: actor, sid: randomUUID(), ver: versionOf(actor) }
    : actor;
}
