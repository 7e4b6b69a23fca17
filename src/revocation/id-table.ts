import { randomInt } from 'node:crypto';
import type { IdWords } from './id-words.js';

/** Parts of the table, so that what has to move at once stays small. */
const SHARDS = 256;
/** How far a hash is shifted to get the number of its shard. */
const HASH_OF_SHARD = 24;
/** Words of an entry: the id, when it expires, and a value. */
const WORDS = 6;
const EXPIRY = 4;
const VALUE = 5;
const ENTRIES_MIN = 8;
/** Full to this share, a shard grows by this factor; in between an entry takes 31.25 to 39.1 bytes. */
const FILL_MAX = 0.8;
const GROWTH = 1.25;
/** By how much at the most while more is expected, which may be wrong. */
const GROWTH_MAX = 4;

/** Entries in open addressing. */
class Shard {
  readonly words: Uint32Array;
  /** Of each entry some bits of its hash, 0 where there is none: to pass by an entry takes one byte of memory. */
  readonly tags: Uint8Array;
  size = 0;

  constructor(readonly room: number) {
    this.words = new Uint32Array(room * WORDS);
    this.tags = new Uint8Array(room);
  }

  /** The number of the entry with this id, or of where it would be. There is always a free one: `FILL_MAX`. */
  place(hash: number, ids: IdWords, from: number): number {
    const { tags, words, room } = this;
    const tag = tagOf(hash);
    // The 24 bits that did not choose the shard, as a share of the room.
    let at = Math.floor(((hash & 0xffffff) * room) / 0x1000000);
    for (;;) {
      const found = tags[at];
      if (found === 0 || (found === tag && isSame(words, at * WORDS, ids, from))) return at;
      at++;
      if (at === room) at = 0;
    }
  }

  isLive(entry: number, now: number): boolean {
    return this.tags[entry] !== 0 && (this.words[entry * WORDS + EXPIRY] ?? 0) * 1000 >= now;
  }

  countLive(now: number): number {
    let live = 0;
    for (let entry = 0; entry < this.room; entry++) if (this.isLive(entry, now)) live++;
    return live;
  }
}

/**
 * A map of 128-bit ids to an expiry and a number, in at most 39.1 bytes an entry (above a thousand or
 * two), where a Map of texts takes 85 and gives the garbage collector an object for each.
 *
 * Entries are spread over shards that grow and are swept one at a time, so that no step takes long
 * however many there are: of 10,000,000 a shard holds 40,000, which are moved in a millisecond or two.
 *
 * Nobody chooses where an id goes: the hash has other keys in each process. Ids could be made otherwise
 * that all want the same place.
 */
export class IdTable {
  private readonly shards = Array.from({ length: SHARDS }, () => new Shard(0));
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
    return this.shards.reduce(
      (sum, { words, tags }) => sum + words.byteLength + tags.byteLength,
      0,
    );
  }

  /**
   * Puts an id in. Of an id that is there, the later expiry and the greater value count.
   *
   * @param expiresAt in ms since the epoch, kept as the next whole second
   * @param value whole, 0 to 2^32 - 1
   */
  add(id: IdWords, expiresAt: number, value: number): void {
    const hash = this.hash(id, 0);
    let shard = this.shardOf(hash);
    if (shard.size + 1 > shard.room * FILL_MAX) {
      shard = this.refill(hash >>> HASH_OF_SHARD, this.moreRoomThan(shard.room), 0);
    }
    const { words, tags } = shard;
    const entry = shard.place(hash, id, 0);
    const at = entry * WORDS;
    if (tags[entry] === 0) {
      tags[entry] = tagOf(hash);
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
    const shard = this.shardOf(hash);
    if (shard.size === 0) return undefined;
    const entry = shard.place(hash, id, 0);
    return shard.tags[entry] === 0 ? undefined : shard.words[entry * WORDS + VALUE];
  }

  /** Calls back with every id and its value. The words are the same each time, with other content. */
  forEach(told: (id: IdWords, value: number) => void): void {
    const id = new Uint32Array(EXPIRY);
    for (const { words, tags } of this.shards) {
      for (let entry = 0; entry < tags.length; entry++) {
        if (tags[entry] === 0) continue;
        const at = entry * WORDS;
        for (let i = 0; i < EXPIRY; i++) id[i] = words[at + i] ?? 0;
        told(id, words[at + VALUE] ?? 0);
      }
    }
  }

  /**
   * Says how many entries there will be, so that shards grow in a few steps: to grow by little, time and again,
   * takes half as long as all else. 0 when nothing more is known. What is expected and never comes may take four
   * times the room, until entries expire.
   */
  expect(entries: number): void {
    this.expectedRoom = Number.isFinite(entries) ? roomFor(entries / SHARDS) : 0;
  }

  /** Drops from the next shard what has expired before `now` (ms since the epoch). */
  sweepShard(now: number): void {
    const shard = this.shards[this.nextToSweep];
    if (shard !== undefined && shard.size > 0) {
      const live = shard.countLive(now);
      if (live < shard.size) this.refill(this.nextToSweep, roomFor(live), now);
    }
    this.nextToSweep = (this.nextToSweep + 1) % SHARDS;
  }

  /** Moves what has not expired to a new shard: so an entry that goes leaves no mark that lookups stumble over. */
  private refill(index: number, room: number, now: number): Shard {
    const old = this.shards[index] ?? new Shard(0);
    const shard = new Shard(room);
    for (let entry = 0; entry < old.room; entry++) {
      if (!old.isLive(entry, now)) continue;
      const from = entry * WORDS;
      const hash = this.hash(old.words, from);
      const to = shard.place(hash, old.words, from);
      shard.tags[to] = tagOf(hash);
      for (let i = 0; i < WORDS; i++) shard.words[to * WORDS + i] = old.words[from + i] ?? 0;
      shard.size++;
    }
    this.shards[index] = shard;
    this.entries += shard.size - old.size;
    return shard;
  }

  private moreRoomThan(room: number): number {
    const expected = Math.min(this.expectedRoom, room * GROWTH_MAX);
    return Math.max(ENTRIES_MIN, Math.ceil(room * GROWTH), expected);
  }

  private shardOf(hash: number): Shard {
    const shard = this.shards[hash >>> HASH_OF_SHARD];
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

/** Of the bits that choose the place the last ones, which do so in large shards only; never 0. */
function tagOf(hash: number): number {
  return hash & 0xff || 1;
}

function isSame(words: Uint32Array, at: number, ids: IdWords, from: number): boolean {
  return (
    words[at] === ids[from] &&
    words[at + 1] === ids[from + 1] &&
    words[at + 2] === ids[from + 2] &&
    words[at + 3] === ids[from + 3]
  );
}

function roomFor(entries: number): number {
  return entries === 0 ? 0 : Math.max(ENTRIES_MIN, Math.ceil((entries / FILL_MAX) * 1.1));
}
