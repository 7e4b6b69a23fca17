import type { AccessTokenClaims } from '../../../../src/tokens/claims.js';

type Revocable = Pick<AccessTokenClaims, 'jti' | 'sid' | 'sub' | 'ver' | 'act'>;

/** What was revoked. Versions stand for "everything issued so far", as in Signet: no clock takes part. */
export class MockRevocations {
  private readonly ids = new Set<string>();
  private readonly versions = new Map<string, number>();

  /** One token by its `jti`, or everything of a session by its `sid`. */
  add(id: string): void {
    this.ids.add(id);
  }

  /** Whether that id was added. */
  hasId(id: string): boolean {
    return this.ids.has(id);
  }

  /** Everything that was issued to a subject, or to it as an actor, so far. */
  outdate(sub: string): void {
    this.versions.set(sub, this.versionOf(sub) + 1);
  }

  /** The `ver` of new tokens of the subject. */
  readonly versionOf = (sub: string): number => this.versions.get(sub) ?? 1;

  has({ jti, sid, sub, ver, act }: Revocable): boolean {
    return (
      this.ids.has(jti) ||
      this.ids.has(sid) ||
      ver < this.versionOf(sub) ||
      (act !== undefined && (this.ids.has(act.sid) || act.ver < this.versionOf(act.sub)))
    );
  }
}
