import type { RevocableToken, RevocationKind } from './revocation.js';

/** A revocation as the index keeps it. `expiresAt` is in milliseconds since the epoch. */
export interface IndexedRevocation {
  readonly kind: RevocationKind;
  readonly subject: string;
  readonly minVersion: number | null;
  readonly expiresAt: number;
}

/** Every revocation in force, in memory, so that checking a token asks nobody. */
export class RevocationIndex {
  private readonly expiries: Record<Exclude<RevocationKind, 'principal'>, Map<string, number>> = {
    token: new Map(),
    session: new Map(),
    credential: new Map(),
    key: new Map(),
  };
  private readonly principals = new Map<string, { minVersion: number; expiresAt: number }>();

  get size(): number {
    const maps = [...Object.values(this.expiries), this.principals];
    return maps.reduce((sum, { size }) => sum + size, 0);
  }

  /** Takes in a revocation. Doing so twice, or in another order, ends in the same state. */
  add({ kind, subject, minVersion, expiresAt }: IndexedRevocation): void {
    if (kind === 'principal') {
      const known = this.principals.get(subject);
      this.principals.set(subject, {
        minVersion: Math.max(known?.minVersion ?? 0, minVersion ?? 0),
        expiresAt: Math.max(known?.expiresAt ?? 0, expiresAt),
      });
    } else {
      const map = this.expiries[kind];
      map.set(subject, Math.max(map.get(subject) ?? 0, expiresAt));
    }
  }

  /** Which revocation takes the token; undefined when none does. */
  find(token: RevocableToken): RevocationKind | undefined {
    if (this.expiries.token.has(token.jti)) return 'token';
    if (this.expiries.key.has(token.kid)) return 'key';
    return (
      this.findHolder(token) ?? (token.act === undefined ? undefined : this.findHolder(token.act))
    );
  }

  private findHolder({ sid, sub, ver }: Pick<RevocableToken, 'sid' | 'sub' | 'ver'>) {
    if (this.expiries.session.has(sid)) return 'session';
    if (this.expiries.credential.has(sid)) return 'credential';
    const principal = this.principals.get(sub);
    return principal !== undefined && ver < principal.minVersion ? 'principal' : undefined;
  }

  /** Forgets what has expired at `now`. */
  sweep(now: number): void {
    for (const map of Object.values(this.expiries)) {
      for (const [subject, expiresAt] of map) if (expiresAt < now) map.delete(subject);
    }
    for (const [subject, { expiresAt }] of this.principals) {
      if (expiresAt < now) this.principals.delete(subject);
    }
  }
}
