/** Why a client was not authenticated: for the audit log, never for the client. */
export const REFUSAL_REASONS = [
  'no_credentials',
  'malformed_credentials',
  'unknown_credential',
  'credential_ended',
  'account_not_active',
  'wrong_signature',
  'wrong_claims',
  'replayed_assertion',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Ends the authentication of a client; `ClientAuthenticator` makes the one answer of it. */
export class Refusal extends Error {
  constructor(readonly reason: RefusalReason) {
    super(reason);
  }
}
