/** What somebody who takes tokens for a resource must know. */
export interface Consumer {
  /** The `iss` of the tokens. */
  readonly issuer: string;
  /** The identifier of the resource: the `aud` of the tokens, one text. */
  readonly audience: string;
  readonly jwksUri: string;
  readonly introspectionUri: string;
  /** Of the keys that sign now and next, or that tokens are still verified with; never empty. */
  readonly algorithms: readonly string[];
  /** Seconds for which the keys may be kept: a new one is published for longer before it signs. */
  readonly jwksMaxAge: number;
  /** By how many seconds clocks may differ. */
  readonly leeway: number;
  /** Seconds above which Signet lets no token live. */
  readonly maxLifetime: number;
  /** Whether the resource has registered an encryption key. */
  readonly isEncrypted: boolean;
}

/** How a library is configured for that. */
export interface ConsumerConfig {
  /** What the file must be called, or may be. */
  readonly filename: string;
  /** The command, or the declaration, that installs what the code needs. */
  readonly install: string;
  readonly code: string;
  /** What is good to know, and what the library cannot do. */
  readonly notes: readonly string[];
}

export type Template = (consumer: Consumer) => ConsumerConfig;
