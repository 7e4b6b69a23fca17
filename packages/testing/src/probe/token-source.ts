/** Kinds of tokens that a service must refuse. */
export const BAD_KINDS = [
  'expired',
  'notYetValid',
  'wrongAudience',
  'wrongIssuer',
  'tampered',
  'foreignKey',
  'unknownKey',
  'embeddedKey',
  'algNone',
  'keyConfused',
  'withoutType',
  'refreshToken',
  'oversized',
] as const;
export type BadKind = (typeof BAD_KINDS)[number];

/** A token, and how a report names it: never by its text. */
export interface LabelledToken {
  readonly label: string;
  readonly token: string;
}

/** Where the probe gets its tokens: a mock issuer, which can make any, or a real Signet. */
export interface TokenSource {
  /** A token that the service must take; a new one at each call. */
  good(): Promise<string>;
  /** @throws CannotTell when there are no such tokens here. */
  bad(kind: BadKind): Promise<readonly LabelledToken[]>;
  /** Revokes the token. @throws CannotTell when that cannot be done here. */
  revoke(token: string): Promise<void>;
  /** A good token of the key that is next in line. @throws CannotTell when that cannot be had here. */
  goodOfNextKey(): Promise<string>;
}

/** Something that the probe cannot find out, and why. */
export class CannotTell extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CannotTell';
  }
}
