import type { Actor, Origin, Principal, SignedIn } from '../../access/principal.js';
import type { AuthenticatedClient } from '../../service-accounts/client-authentication/client-authenticator.js';

/** Who calls: a service account that has authenticated as a client, or whoever an access token speaks for. */
export interface Caller {
  readonly id: string;
  readonly isClient: boolean;
  readonly permissions: ReadonlySet<string>;
  /** For the audit log. */
  readonly actor: SignedIn;
}

/** The client, in the shape in which acts are attributed. It holds no token, so there is nothing of one. */
export function actorOf(client: AuthenticatedClient, origin: Origin): SignedIn {
  const { id, credentialId, standing, asOf } = client;
  const seconds = Math.floor(asOf / 1000);
  const principal: Principal = {
    id,
    type: 'service',
    sessionId: credentialId,
    tokenId: '',
    clientId: id,
    roles: standing.roles,
    permissions: new Set(standing.permissions),
    authTime: seconds,
    amr: [],
    expiresAt: seconds,
  };
  return { principal, origin };
}

export function callerOfClient(client: AuthenticatedClient, origin: Origin): Caller {
  const actor = actorOf(client, origin);
  return { id: client.id, isClient: true, permissions: actor.principal.permissions, actor };
}

export function callerOfToken(principal: Principal, { origin }: Actor): Caller {
  const { id, permissions } = principal;
  return { id, isClient: false, permissions, actor: { principal, origin } };
}
