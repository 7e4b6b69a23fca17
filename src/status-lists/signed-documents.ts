import type { SigningKeyPair } from '../keys/key-material.js';
import { signed } from '../keys/signature.js';
import type { Document } from './documents.js';

/** A document as it is served. */
export interface SignedDocument {
  readonly jws: string;
  /** Without its quotes. Weak: another replica's signature over the same is another one. */
  readonly tag: string;
}

interface Kept extends SignedDocument {
  readonly kid: string;
  /** On the monotonic clock, ms. */
  readonly signedAt: number;
}

/** No document is signed more often, whatever is asked for and however fast it changes. */
const SIGN_EVERY_MS = 1000;
/** Documents that are kept; the one used longest ago goes first. */
const KEPT_MAX = 2000;

/** Documents signed once for everybody who asks. */
export class SignedDocuments {
  private readonly kept = new Map<string, Kept>();

  /**
   * @param version what the document says, in short: another version is another document.
   * @param now on the monotonic clock, ms.
   */
  get(
    name: string,
    version: string,
    key: SigningKeyPair,
    now: number,
    make: () => Document,
  ): SignedDocument {
    const { kid } = key;
    // Also when the key changed: the one before may be compromised, so nothing of its is served again.
    const tag = `${version}.${kid.slice(0, 8)}`;
    const known = this.kept.get(name);
    if (known?.kid === kid && (known.tag === tag || now - known.signedAt < SIGN_EVERY_MS)) {
      return known;
    }
    const { type: typ, claims } = make();
    const jws = signed({ alg: key.algorithm, typ, kid }, claims, key);
    const document = { jws, tag, kid, signedAt: now };
    this.keep(name, document);
    return document;
  }

  private keep(name: string, document: Kept): void {
    this.kept.delete(name);
    this.kept.set(name, document);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }
}
