import type { KeyState } from '../../keys/signing-key.entity.js';
import { stateOf } from '../../keys/signing-key.entity.js';
import type { SigningKey } from '../../keys/signing-key.entity.js';
import type { RevocationHit } from './revocation-hits.js';
import type { ShownToken } from './shown-token.js';

/** A signing key as far as it matters to a sentence. */
export interface KeyFacts {
  readonly algorithm: string;
  readonly state: KeyState;
  /** When it became what it is; milliseconds since the epoch. */
  readonly since: number;
}

/** What a story is told from, beside the steps themselves. Spans and moments are milliseconds. */
export interface Facts {
  readonly now: number;
  readonly issuer: string;
  readonly leeway: number;
  readonly lifetimeMax: number;
  readonly shown: ShownToken;
  /** The key that the header names, as the database knows it. */
  readonly key: KeyFacts | undefined;
  /** The id of that key, when the token is refused because it was compromised. */
  readonly compromisedKid: string | undefined;
  /** Those that have hit the token, oldest first. */
  readonly revocations: readonly RevocationHit[];
  /** Up to which revision this replica knows the revocations. */
  readonly revision: number;
  /** How old that knowledge is, and how old it may be. */
  readonly staleness: number;
  readonly stalenessMax: number;
}

export function keyFactsOf(key: SigningKey): KeyFacts {
  const state = stateOf(key);
  const since = {
    next: key.createdAt,
    active: key.activatedAt,
    retired: key.retiredAt,
    removed: key.removedAt,
    compromised: key.compromisedAt,
  }[state];
  return { algorithm: key.algorithm, state, since: since ?? key.createdAt };
}
