import { Injectable } from '@nestjs/common';
import { WatchDatabase } from '../platform/database/database.js';
import { Envelope } from './envelope.js';
import { keySetOf } from './key-material.js';
import type { SigningKeyPair, VerificationKey } from './key-material.js';
import { openPrivate, openPublic } from './sealed-key.js';
import { stateOf } from './signing-key.entity.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** Everything of the ring, exchanged as a whole: no reader sees half a change. */
interface Ring {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly active: SigningKeyPair | undefined;
  readonly jwks: string;
}

/**
 * The signing keys, in memory. Key objects are made once: making one per call costs 20 times the
 * signature. Every replica reads them anew when they were changed, with its poll for revocations, so a
 * change is known everywhere within the same bound.
 */
@Injectable()
export class KeyRing {
  private ring: Ring = { keys: new Map(), active: undefined, jwks: keySetOf([]) };
  private changes = 0;
  private lastLoad: Promise<void> = Promise.resolve();
  private readonly repository;

  constructor(
    // By the connection of its own that polls use: requests must not keep a replica from learning.
    database: WatchDatabase,
    private readonly envelope: Envelope,
  ) {
    this.repository = new SigningKeysRepository(database);
  }

  /** The key that signs. @throws Error before `load`. */
  get active(): SigningKeyPair {
    if (this.ring.active === undefined) throw new Error('The signing keys are not loaded yet');
    return this.ring.active;
  }

  get isLoaded(): boolean {
    return this.ring.active !== undefined;
  }

  /** Raised by each load: what was verified before may have been verified with a key that is gone. */
  get generation(): number {
    return this.changes;
  }

  /** The key of that exact id. Never asks anybody: an unknown id costs nothing. */
  find(kid: string): VerificationKey | undefined {
    return this.ring.keys.get(kid);
  }

  /** The JSON Web Key Set (RFC 7517), serialised once. */
  get jwks(): string {
    return this.ring.jwks;
  }

  /** The algorithms of the keys that tokens are verified with now. */
  get algorithms(): readonly string[] {
    return [...new Set([...this.ring.keys.values()].map(({ algorithm }) => algorithm))];
  }

  /**
   * Loads the keys from the database. Loads take turns: what was read earlier must not replace what was
   * read later.
   *
   * @throws CannotUnseal when the key-encryption key is another one.
   */
  load(): Promise<void> {
    const takeTurn = () => this.loadNow();
    this.lastLoad = this.lastLoad.then(takeTurn, takeTurn);
    return this.lastLoad;
  }

  private async loadNow(): Promise<void> {
    const rows = inOrder(await this.repository.usable());
    const activeRow = rows.find(({ activeSlot }) => activeSlot === 'active');
    const known = rows.map((row) => this.ring.keys.get(row.kid) ?? openPublic(row, this.envelope));
    const active =
      activeRow === undefined || activeRow.kid === this.ring.active?.kid
        ? this.ring.active
        : openPrivate(activeRow, this.envelope);
    this.ring = {
      keys: new Map(known.map((key) => [key.kid, Object.freeze(key)])),
      active: activeRow === undefined ? undefined : active,
      jwks: keySetOf(rows),
    };
    this.changes++;
  }
}

/**
 * The active key first: python-jose tries the keys in their order, and stumbles over one of another type
 * before it comes to the right one.
 */
function inOrder(rows: readonly SigningKey[]): readonly SigningKey[] {
  const rank = { active: 0, next: 1, retired: 2, removed: 3, compromised: 3 };
  return [...rows].sort((a, b) => rank[stateOf(a)] - rank[stateOf(b)]);
}
