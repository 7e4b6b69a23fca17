import { StatusBits } from '../../../../src/status-lists/status-bits.js';
import type { NamedRevocations } from '../../../../src/revocation/revocation-index.js';
import type { AccessTokenClaims } from '../../../../src/tokens/claims.js';

type Revocable = Pick<AccessTokenClaims, 'jti' | 'sid' | 'sub' | 'ver' | 'act'>;

/** Nothing expires in a test: one generation for ever. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** What was revoked. Versions stand for "everything issued so far", as in Signet: no clock takes part. */
export class MockRevocations {
  readonly bits = new StatusBits(FOR_EVER);
  private readonly ids = new Set<string>();
  private readonly keys = new Set<string>();
  private readonly versions = new Map<string, number>();
  private readonly indexes = new Map<string, number>();
  private changes = 0;

  /** Raised by each revocation. */
  get revision(): number {
    return this.changes;
  }

  /** One token by its `jti`, or everything of a session by its `sid`. */
  add(id: string): void {
    this.ids.add(id);
    this.changes++;
    const index = this.indexes.get(id);
    if (index !== undefined) this.bits.set(index, this.changes, FOR_EVER);
  }

  /** Everything that a key signed. */
  addKey(kid: string): void {
    this.keys.add(kid);
    this.changes++;
  }

  /** Whether that id was added. */
  hasId(id: string): boolean {
    return this.ids.has(id);
  }

  /** Everything that was issued to a subject, or to it as an actor, so far. */
  outdate(sub: string): void {
    this.versions.set(sub, this.versionOf(sub) + 1);
    this.changes++;
  }

  /** The `ver` of new tokens of the subject. */
  readonly versionOf = (sub: string): number => this.versions.get(sub) ?? 1;

  /** The place of a session in the status lists; the same for all its tokens, and for one that was ended before. */
  readonly indexOf = (sid: string): number => {
    const index = this.indexes.get(sid) ?? this.indexes.size;
    this.indexes.set(sid, index);
    if (this.ids.has(sid)) this.bits.set(index, this.changes, FOR_EVER);
    return index;
  };

  /** What status lists cannot say. An id may be of a token or of a credential: here it is named as both. */
  named(): NamedRevocations {
    return {
      keys: [...this.keys],
      principals: [...this.versions],
      tokens: [...this.ids],
      credentials: [...this.ids],
    };
  }

  has({ jti, sid, sub, ver, act }: Revocable): boolean {
    return (
      this.ids.has(jti) ||
      this.ids.has(sid) ||
      ver < this.versionOf(sub) ||
      (act !== undefined && (this.ids.has(act.sid) || act.ver < this.versionOf(act.sub)))
    );
  }
}
