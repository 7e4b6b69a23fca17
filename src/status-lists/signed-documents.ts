import type { SigningKeyPair } from '../keys/key-material.js';
import { signed } from '../keys/signature.js';
import type { Clock } from '../platform/clock.js';
import type { Document } from './documents.js';

/** A document as it is served. */
export interface SignedDocument {
  readonly jws: string;
  /** Without its quotes. Weak: another replica's signature over the same is another one. */
  readonly tag: string;
  /** Everything up to this revision is in it. */
  readonly revision: number;
}

interface Kept extends SignedDocument {
  readonly kid: string;
  /** On the monotonic clock, ms: before that it is not signed again. */
  readonly lastsUntil: number;
}

/** No document is signed more often, whatever is asked for and however fast it changes. */
const SIGN_EVERY_MS = 1000;
/** A document that takes long is signed less often: a twentieth of the time, and no more, goes into it. */
const SHARE = 20;
/** Documents that are kept; the one used longest ago goes first. */
const KEPT_MAX = 2000;

/** Documents signed once for everybody who asks. */
export class SignedDocuments {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** @param version what the document says, in short: another version is another document. */
  get(name: string, version: string, key: SigningKeyPair, make: () => Document): SignedDocument {
    const { kid } = key;
    // Also when the key changed: the one before may be compromised, so nothing of its is served again.
    const tag = `${version}.${kid.slice(0, 8)}`;
    const known = this.kept.get(name);
    const began = this.clock.monotonic();
    if (known?.kid === kid && (known.tag === tag || began < known.lastsUntil)) {
      return known;
    }
    const { type: typ, revision, claims } = make();
    const jws = signed({ alg: key.algorithm, typ, kid }, claims, key);
    const took = this.clock.monotonic() - began;
    const lastsUntil = began + Math.max(SIGN_EVERY_MS, took * SHARE);
    const document = { jws, tag, revision, kid, lastsUntil };
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
