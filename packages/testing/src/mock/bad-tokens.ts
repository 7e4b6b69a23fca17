/** The tokens that must be refused, by name, with what is wrong with each. */
export const BAD_TOKENS = {
  expired: 'has expired, an hour ago',
  notYetValid: 'begins in an hour',
  wrongAudience: 'is for another resource',
  wrongIssuer: 'says that somebody else issued it',
  tampered: 'got a role more after it was signed',
  unsigned: 'has no signature',
  algNone: 'says `"alg":"none"`, or another spelling of it',
  keyConfused: 'is signed by HMAC with the public key as its secret',
  unknownKey: 'is signed by a key that is in no key set',
  foreignKey: "is signed by a stranger's key, under the id of the good one",
  embeddedKey: 'brings its own key along in its header',
  criticalExtension: 'has a critical extension (`crit`) that nobody knows',
  withoutType: 'has no `typ`, or another one than `at+jwt`',
  withoutExpiry: 'has no end',
  lifetimeTooLong: 'lives for ten years',
  oversized: 'has more than 64 KiB',
  revoked: 'was revoked just now',
  refreshToken: 'is a refresh token',
} as const;

export type BadTokenName = keyof typeof BAD_TOKENS;

/** A token that must be refused. */
export interface BadToken {
  readonly name: BadTokenName;
  /** Completes "The token ...". */
  readonly what: string;
  readonly token: string;
}
