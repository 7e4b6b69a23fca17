export { assertMayAccess } from './access.js';
export type { Requirements } from './access.js';
export type { AccessTokenClaims, ActorClaim, UserClaims } from './claims.js';
export type { Clock } from './clock.js';
export type { DecryptionKey } from './decrypter.js';
export {
  KeysUnavailable,
  RevocationUnavailable,
  TokenRejected,
  VERIFICATION_STEPS,
  VerificationUnavailable,
} from './errors.js';
export type { RejectionCode, VerificationStep } from './errors.js';
export type { Fetch } from './http.js';
export { introspection } from './introspection.js';
export type { IntrospectionOptions } from './introspection.js';
export type { SigningAlgorithm } from './key-set.js';
export type { TrustedIssuer, VerifierOptions } from './options.js';
export type { PresentedToken, RevocationCheck } from './revocation.js';
export { statusLists } from './status-lists/status-lists.js';
export type { StatusLists, StatusListsOptions } from './status-lists/status-lists.js';
export type { VerifiedToken } from './verified-token.js';
export { createVerifier } from './verifier.js';
export type { Verifier } from './verifier.js';
