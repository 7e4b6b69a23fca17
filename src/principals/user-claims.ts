/** What an administrator wants tokens of a principal to say besides. Anyone who holds a token can read it. */
export type UserClaims = Readonly<Record<string, unknown>>;
