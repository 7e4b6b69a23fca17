import { LIST_LENGTH, listOf } from './status-reference.js';

const BYTES = LIST_LENGTH / 8;

/**
 * Which indexes are revoked: a bit each, in lists that exist only where there is one, however many indexes
 * were given out. Takes 16 KiB a list and generation, and nothing for each revocation.
 *
 * A bit goes when its revocation has expired: not by itself, which would need to remember when, but with
 * all of its generation, those that expire in the same span. Until then it hits nobody, since nothing that
 * has the index lives any more, and no index is given twice.
 */
export class StatusBits {
  private readonly generations = new Map<number, Map<number, Uint8Array>>();
  private readonly newest = new Map<number, { revision: number; expiresAt: number }>();

  /** @param span of a generation, in ms; about as long as a revocation is in force. */
  constructor(private readonly span: number) {}

  /**
   * The lists in which something is revoked, each with the newest revision that is in force: the same on a
   * replica that has just started and knows of nothing else.
   */
  revisions(): ReadonlyMap<number, number> {
    return new Map([...this.newest].map(([list, { revision }]) => [list, revision]));
  }

  /** The newest revision in a list; 0 when nothing in it is revoked. */
  revisionOf(list: number): number {
    return this.newest.get(list)?.revision ?? 0;
  }

  /** What the bits take, in bytes. */
  get bytes(): number {
    return [...this.generations.values()].reduce((sum, lists) => sum + lists.size * BYTES, 0);
  }

  /** Sets the bit of an index until `expiresAt` (ms since the epoch), at least. */
  set(index: number, revision: number, expiresAt: number): void {
    const generation = Math.floor(expiresAt / this.span);
    const list = listOf(index);
    const lists = this.generations.get(generation) ?? new Map<number, Uint8Array>();
    const bits = lists.get(list) ?? new Uint8Array(BYTES);
    this.generations.set(generation, lists.set(list, bits));
    const at = index % LIST_LENGTH;
    // Least significant bit first (draft-ietf-oauth-status-list 4.1).
    bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    const newest = this.newest.get(list);
    if (revision >= (newest?.revision ?? 0)) {
      // By another replica's clock, an older one may end later.
      const last = Math.max(expiresAt, newest?.expiresAt ?? 0);
      this.newest.set(list, { revision, expiresAt: last });
    }
  }

  /** The bits of a list, all of them 0 where nothing was revoked. */
  bitsOf(list: number): Uint8Array {
    const bits = new Uint8Array(BYTES);
    for (const lists of this.generations.values()) {
      const some = lists.get(list);
      if (some !== undefined)
        for (let i = 0; i < BYTES; i++) bits[i] = (bits[i] ?? 0) | (some[i] ?? 0);
    }
    return bits;
  }

  /** Forgets what is over at `now` (ms since the epoch). */
  sweep(now: number): void {
    for (const generation of this.generations.keys()) {
      if ((generation + 1) * this.span <= now) this.generations.delete(generation);
    }
    for (const [list, { expiresAt }] of this.newest) if (expiresAt < now) this.newest.delete(list);
  }
}
