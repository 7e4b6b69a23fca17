import { ADMIN_ROLE } from './permissions.js';

export const PRINCIPAL_TYPES = ['user', 'service'] as const;
/** A person, or a machine that speaks for itself. */
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

/** Who a verified access token speaks for, and what it lets them do. Shared between requests, so frozen. */
export interface Principal {
  /** `sub`: the opaque, immutable id. */
  readonly id: string;
  readonly type: PrincipalType;
  /** The session; of a service, the credential that its token was issued to. */
  readonly sessionId: string;
  readonly tokenId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
  /** When they last proved who they are; seconds since the epoch. A service does so for each token. */
  readonly authTime: number;
  /** How (RFC 8176); empty for a service. */
  readonly amr: readonly string[];
  /** How surely (`acr`); absent for a service. */
  readonly acr?: string;
  /** When the token ends; seconds since the epoch. */
  readonly expiresAt: number;
}

/** Where a request came from, for the audit log and for throttling. */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
}

/** Who acts, from where. `principal` is absent where nobody has signed in yet. */
export interface Actor {
  readonly principal?: Principal;
  readonly origin: Origin;
  /** Told of the revision of what was revoked for them, once that is stored: their receipt. */
  readonly revoked?: (revision: number) => void;
}

/** Somebody who has signed in, from somewhere. */
export type SignedIn = Actor & { readonly principal: Principal };

/** Whether the principal holds every one of the permissions. */
export function holds(principal: Principal, permissions: readonly string[]): boolean {
  return permissions.every((permission) => principal.permissions.has(permission));
}

/** Whether the principal is an administrator, who may hand out what they do not hold themselves. */
export function isAdmin(principal: Principal): boolean {
  return principal.roles.includes(ADMIN_ROLE);
}
