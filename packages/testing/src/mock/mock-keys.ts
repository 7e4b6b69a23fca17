import { generateKey, keySetOf, publicJwkOf } from '../../../../src/keys/key-material.js';
import type { SigningKeyPair, VerificationKey } from '../../../../src/keys/key-material.js';

/** The algorithms that consumers can verify; HS256 is for Signet alone. */
export type MockAlgorithm = 'ES256' | 'ES384' | 'RS256' | 'PS256';

/** Signing keys in the states that Signet has: one signs, the next one is published before it does. */
export class MockKeys {
  private readonly retired: SigningKeyPair[] = [];

  private constructor(
    private current: SigningKeyPair,
    private following: SigningKeyPair,
    /** A key that is never published. */
    readonly stranger: SigningKeyPair,
  ) {}

  static async create(algorithm: MockAlgorithm): Promise<MockKeys> {
    const make = () => generateKey(algorithm);
    const [current, following, stranger] = await Promise.all([make(), make(), make()]);
    return new MockKeys(current, following, stranger);
  }

  get active(): SigningKeyPair {
    return this.current;
  }

  /** The JSON Web Key Set, as text. */
  get jwks(): string {
    return keySetOf(this.usable.map((key) => ({ ...key, publicJwk: publicJwkOf(key.publicKey) })));
  }

  /** The published key of that id. */
  find(kid: string): VerificationKey | undefined {
    return this.usable.find((key) => key.kid === kid);
  }

  /** Lets the next key sign; the one before verifies for ever. */
  async rotate(): Promise<void> {
    const successor = await generateKey(this.current.algorithm);
    this.retired.unshift(this.current);
    this.advance(successor);
  }

  /** Takes a key out of the set, the active one when none is named. @throws Error for an unknown id. */
  async compromise(kid = this.current.kid): Promise<void> {
    const successor = await generateKey(this.current.algorithm);
    const at = this.retired.findIndex((key) => key.kid === kid);
    if (kid === this.current.kid) this.advance(successor);
    else if (kid === this.following.kid) this.following = successor;
    else if (at >= 0) this.retired.splice(at, 1);
    else throw new Error(`There is no key ${kid}`);
  }

  private get usable(): readonly SigningKeyPair[] {
    return [this.current, this.following, ...this.retired];
  }

  private advance(successor: SigningKeyPair): void {
    this.current = this.following;
    this.following = successor;
  }
}
