import { randomInt } from 'node:crypto';
import type { IdWords } from './id-words.js';

/** Parts of the table, so that what has to move at once stays small. */
const SHARDS = 256;
/** Words of an entry: the id, when it expires, and a value. */
const WORDS = 6;
const EXPIRY = 4;
const VALUE = 5;
const ENTRIES_MIN = 8;
/** Full to this share, a shard grows by this factor; in between an entry takes 30 to 37.5 bytes. */
const FILL_MAX = 0.8;
const GROWTH = 1.25;
/** By how much at the most while more is expected, which may be wrong. */
const GROWTH_MAX = 4;

class Shard {
  /** Entries in open addressing; one that never expires is free room. */
  words = new Uint32Array(0);
  size = 0;

  get room(): number {
    return this.words.length / WORDS;
  }
}

/**
 * A map of 128-bit ids to an expiry and a number, in at most 37.5 bytes an entry (above a thousand or
 * two), where a Map of texts takes 85 and gives the garbage collector an object for each.
 *
 * Entries are spread over shards that grow and are swept one at a time, so that no step takes long
 * however many there are: of 10,000,000 a shard holds 40,000, which are moved in a millisecond or two.
 *
 * Nobody chooses where an id goes: the hash has other keys in each process. Ids could be made otherwise
 * that all want the same place.
 */
export class IdTable {
  private readonly shards = Array.from({ length: SHARDS }, () => new Shard());
  private readonly seed = randomInt(2 ** 32);
  private readonly factor = randomInt(2 ** 31) * 2 + 1;
  private entries = 0;
  /** Of a shard, once all that is expected is there. */
  private expectedRoom = 0;
  private nextToSweep = 0;

  get size(): number {
    return this.entries;
  }

  /** What the entries take, in bytes, free room included. */
  get bytes(): number {
    return this.shards.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  /**
   * Puts an id in. Of an id that is there, the later expiry and the greater value count.
   *
   * @param expiresAt in ms since the epoch, kept as the next whole second
   * @param value whole, 0 to 2^32 - 1
   */
  add(id: IdWords, expiresAt: number, value: number): void {
    const hash = this.hash(id, 0);
    const shard = this.shardOf(hash);
    if (shard.size + 1 > shard.room * FILL_MAX) {
      this.refill(shard, this.moreRoomThan(shard.room), 0);
    }
    const { words } = shard;
    const at = place(words, hash, id, 0);
    if (words[at + EXPIRY] === 0) {
      for (let i = 0; i < EXPIRY; i++) words[at + i] = id[i] ?? 0;
      shard.size++;
      this.entries++;
    }
    words[at + EXPIRY] = Math.max(words[at + EXPIRY] ?? 0, Math.ceil(expiresAt / 1000));
    words[at + VALUE] = Math.max(words[at + VALUE] ?? 0, value);
  }

  /** The value of an id; undefined when it is not there. */
  get(id: IdWords): number | undefined {
    if (this.entries === 0) return undefined;
    const hash = this.hash(id, 0);
    const { words, size } = this.shardOf(hash);
    if (size === 0) return undefined;
    const at = place(words, hash, id, 0);
    return words[at + EXPIRY] === 0 ? undefined : words[at + VALUE];
  }

  /** Calls back with every id and its value. The words are the same each time, with other content. */
  forEach(told: (id: IdWords, value: number) => void): void {
    const id = new Uint32Array(EXPIRY);
    for (const { words } of this.shards) {
      for (let at = 0; at < words.length; at += WORDS) {
        if (words[at + EXPIRY] === 0) continue;
        for (let i = 0; i < EXPIRY; i++) id[i] = words[at + i] ?? 0;
        told(id, words[at + VALUE] ?? 0);
      }
    }
  }

  /**
   * Says how many entries there will be, so that shards grow in a few steps: to grow by little, time and again,
   * takes half as long as all else. 0 when nothing more is known.
   */
  expect(entries: number): void {
    this.expectedRoom = roomFor(entries / SHARDS);
  }

  /** Drops from the next shard what has expired before `now` (ms since the epoch). */
  sweepShard(now: number): void {
    const shard = this.shards[this.nextToSweep];
    if (shard !== undefined && shard.size > 0) this.sweep(shard, now);
    this.nextToSweep = (this.nextToSweep + 1) % SHARDS;
  }

  private sweep(shard: Shard, now: number): void {
    let live = 0;
    for (let at = 0; at < shard.words.length; at += WORDS) {
      if (isLive(shard.words, at, now)) live++;
    }
    if (live < shard.size) this.refill(shard, roomFor(live), now);
  }

  /** Moves what has not expired to new words: so an entry that goes leaves no mark that lookups stumble over. */
  private refill(shard: Shard, room: number, now: number): void {
    const { words: old, size } = shard;
    const words = new Uint32Array(room * WORDS);
    let live = 0;
    for (let from = 0; from < old.length; from += WORDS) {
      if (!isLive(old, from, now)) continue;
      const at = place(words, this.hash(old, from), old, from);
      for (let i = 0; i < WORDS; i++) words[at + i] = old[from + i] ?? 0;
      live++;
    }
    shard.words = words;
    shard.size = live;
    this.entries += live - size;
  }

  private moreRoomThan(room: number): number {
    const expected = Math.min(this.expectedRoom, room * GROWTH_MAX);
    return Math.max(ENTRIES_MIN, Math.ceil(room * GROWTH), expected);
  }

  private shardOf(hash: number): Shard {
    const shard = this.shards[hash >>> 24];
    if (shard === undefined) throw new Error('There are fewer shards than hashes'); // never: 8 bits
    return shard;
  }

  private hash(ids: IdWords, from: number): number {
    let hash = this.seed;
    for (let i = 0; i < EXPIRY; i++) {
      hash = Math.imul(hash ^ (ids[from + i] ?? 0), this.factor);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }
}

/** Where the id at `from` is, or where it would be put. There is always a free place: `FILL_MAX`. */
function place(words: Uint32Array, hash: number, ids: IdWords, from: number): number {
  const room = words.length / WORDS;
  // The 24 bits that did not choose the shard, as a share of the room.
  let at = Math.floor(((hash & 0xffffff) * room) / 0x1000000) * WORDS;
  while (words[at + EXPIRY] !== 0 && !isSame(words, at, ids, from)) {
    at += WORDS;
    if (at === words.length) at = 0;
  }
  return at;
}

function isSame(words: Uint32Array, at: number, ids: IdWords, from: number): boolean {
  return (
    words[at] === ids[from] &&
    words[at + 1] === ids[from + 1] &&
    words[at + 2] === ids[from + 2] &&
    words[at + 3] === ids[from + 3]
  );
}

function isLive(words: Uint32Array, at: number, now: number): boolean {
  const expiry = words[at + EXPIRY] ?? 0;
  return expiry !== 0 && expiry * 1000 >= now;
}

function roomFor(entries: number): number {
  return entries === 0 ? 0 : Math.max(ENTRIES_MIN, Math.ceil((entries / FILL_MAX) * 1.1));
}
