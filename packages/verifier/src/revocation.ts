import type { AccessTokenClaims } from './claims.js';

/** The token as it was presented, beside its claims. */
export interface PresentedToken {
  /** The signed token; of an encrypted one, what was inside. */
  readonly token: string;
  /** The key that signed it. */
  readonly kid: string;
}

/**
 * Tells whether a token was revoked before its end, which nothing in the token can tell. It is asked
 * last, about tokens that are good in everything else. When it throws a TokenRejected, the token is
 * refused; any other error means that it is not verified (RevocationUnavailable, 503).
 */
export interface RevocationCheck {
  isRevoked(claims: AccessTokenClaims, presented: PresentedToken): boolean | Promise<boolean>;
  /** Called by `Verifier.ready`. */
  ready?(): Promise<void>;
}
