/** What a revocation takes: one token, everything of a session, of a service's credential, of a principal, or of a signing key. */
export const REVOCATION_KINDS = ['token', 'session', 'credential', 'principal', 'key'] as const;
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** Why. */
export const REVOCATION_REASONS = [
  'logout',
  'logout_all',
  'session_ended',
  'refresh_reused',
  'password_changed',
  'disabled',
  'deleted',
  'roles_changed',
  'claims_changed',
  'administrator',
  'credential_deleted',
  'key_compromised',
  'token_revoked',
  'restored',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** As the least `ver`: above every one that is ever issued, so nothing of a deleted principal is accepted again. */
export const NO_VERSION = 2_147_483_647;

/** What is to be revoked. */
export type RevocationTarget =
  | { readonly kind: 'token' | 'key'; readonly subject: string }
  | {
      readonly kind: 'session' | 'credential';
      readonly subject: string;
      /** Where its tokens' status is; null when they say none. */
      readonly statusIndex: number | null;
    }
  | { readonly kind: 'principal'; readonly subject: string; readonly minVersion: number };

/** What the index needs to know of a token to judge it. */
export interface RevocableToken {
  readonly jti: string;
  readonly sid: string;
  readonly sub: string;
  readonly ver: number;
  readonly kid: string;
  /** Who acts for the subject: what takes the actor takes the token, too. */
  readonly act?: { readonly sub: string; readonly sid: string; readonly ver: number };
}
