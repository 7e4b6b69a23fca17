import { IdTable } from './id-table.js';
import { formatBase64urlId, formatUuid, readBase64urlId, readUuid } from './id-words.js';
import type { IdWords } from './id-words.js';
import type { RevocableToken, RevocationKind } from './revocation.js';

/** A revocation as the index keeps it. `expiresAt` is in milliseconds since the epoch. */
export interface IndexedRevocation {
  readonly kind: RevocationKind;
  readonly subject: string;
  readonly minVersion: number | null;
  readonly expiresAt: number;
}

/** What is revoked by its name, and not by a place in a status list. */
export interface NamedRevocations {
  readonly keys: readonly string[];
  /** With the least version that is accepted. */
  readonly principals: readonly (readonly [id: string, minVersion: number])[];
  readonly tokens: readonly string[];
  readonly credentials: readonly string[];
}

/** Shards of each table that one call of `sweep` looks at; a round is eight calls. */
const SHARDS_A_SWEEP = 32;
const VERSION_MAX = 2 ** 32 - 1;
/** What the value of a holder says. */
const HOLDERS = ['session', 'credential'] as const;
/** About what a short text in a Map takes. */
const BYTES_OF_TEXT = 150;

/** Every revocation in force, in memory, so that checking a token asks nobody. */
export class RevocationIndex {
  private readonly tokens = new Subjects(readBase64urlId, formatBase64urlId);
  /** Sessions and credentials: what a token's `sid` names. The value says which of the two. */
  private readonly holders = new Subjects(readUuid, formatUuid);
  /** With the least version that is accepted. */
  private readonly principals = new Subjects(readUuid, formatUuid);
  /** Thumbprints have 256 bits, and there are few. */
  private readonly keys = new Subjects(() => false, formatUuid);
  private readonly all = [this.tokens, this.holders, this.principals, this.keys];

  get size(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** What the revocations take, in bytes. */
  get bytes(): number {
    return this.all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Says by which factor all of it will grow, so that this takes fewer steps; 1 when no more than now and then. */
  expectGrowth(factor: number): void {
    for (const subjects of this.all) subjects.expectGrowth(factor);
  }

  /**
   * Takes in a revocation. Doing so twice, or in another order, ends in the same state.
   *
   * @throws RangeError when the version is none that the index can hold: to hold another would revoke less.
   */
  add({ kind, subject, minVersion, expiresAt }: IndexedRevocation): void {
    const value =
      kind === 'principal' ? (minVersion ?? 0) : kind === 'credential' ? HOLDERS.indexOf(kind) : 0;
    if (!(value >= 0 && value <= VERSION_MAX)) {
      throw new RangeError(`No version of a principal's tokens: ${value}`);
    }
    this.subjectsOf(kind).add(subject, expiresAt, value);
  }

  /** Which revocation takes the token; undefined when none does. */
  find(token: RevocableToken): RevocationKind | undefined {
    if (this.tokens.get(token.jti) !== undefined) return 'token';
    if (this.keys.get(token.kid) !== undefined) return 'key';
    return (
      this.findHolder(token) ?? (token.act === undefined ? undefined : this.findHolder(token.act))
    );
  }

  /** Whether everything that a signing key signed is revoked. */
  hasKey(kid: string): boolean {
    return this.keys.get(kid) !== undefined;
  }

  /** Whether everything of a session or a credential is revoked. */
  hasHolder(sid: string): boolean {
    return this.holders.get(sid) !== undefined;
  }

  /** How many `named` lists, credentials aside: of those there are few, each removed by hand. */
  get namedSize(): number {
    return this.tokens.size + this.principals.size + this.keys.size;
  }

  /** What is in force, and what has expired and was not swept yet. Takes 20 ms for 100,000. */
  named(): NamedRevocations {
    return {
      keys: this.keys.list((kid) => kid),
      principals: this.principals.list((id, minVersion) => [id, minVersion] as const),
      tokens: this.tokens.list((jti) => jti),
      credentials: this.holders.list((id) => id, HOLDERS.indexOf('credential')),
    };
  }

  private findHolder({ sid, sub, ver }: Pick<RevocableToken, 'sid' | 'sub' | 'ver'>) {
    const holder = this.holders.get(sid);
    if (holder !== undefined) return HOLDERS[holder];
    return ver < (this.principals.get(sub) ?? 0) ? 'principal' : undefined;
  }

  private subjectsOf(kind: RevocationKind): Subjects {
    switch (kind) {
      case 'token':
        return this.tokens;
      case 'session':
      case 'credential':
        return this.holders;
      case 'principal':
        return this.principals;
      case 'key':
        return this.keys;
    }
  }

  /** Forgets what has expired before `now`, in a part of the index: eight calls go through all of it. */
  sweep(now: number): void {
    for (const subjects of this.all) subjects.sweep(now);
  }
}

/** The subjects of one kind: in a table those whose ids are of the form that is issued, others as text. */
class Subjects {
  private readonly table = new IdTable();
  private readonly texts = new Map<string, { expiresAt: number; value: number }>();
  private readonly words: IdWords = new Uint32Array(4);

  constructor(
    private readonly read: (text: string, into: IdWords) => boolean,
    private readonly format: (words: IdWords) => string,
  ) {}

  get size(): number {
    return this.table.size + this.texts.size;
  }

  get bytes(): number {
    return this.table.bytes + this.texts.size * BYTES_OF_TEXT;
  }

  expectGrowth(factor: number): void {
    this.table.expect(factor > 1 ? this.table.size * factor : 0);
  }

  add(subject: string, expiresAt: number, value: number): void {
    if (this.read(subject, this.words)) {
      this.table.add(this.words, expiresAt, value);
    } else {
      const known = this.texts.get(subject);
      this.texts.set(subject, {
        expiresAt: Math.max(known?.expiresAt ?? 0, expiresAt),
        value: Math.max(known?.value ?? 0, value),
      });
    }
  }

  get(subject: string): number | undefined {
    if (this.table.size > 0 && this.read(subject, this.words)) return this.table.get(this.words);
    return this.texts.size === 0 ? undefined : this.texts.get(subject)?.value;
  }

  /** What `form` makes of each subject; only of those with that value, if one is given. */
  list<T>(form: (subject: string, value: number) => T, only?: number): readonly T[] {
    const items: T[] = [];
    this.table.forEach((words, value) => {
      if (only === undefined || value === only) items.push(form(this.format(words), value));
    });
    for (const [subject, { value }] of this.texts) {
      if (only === undefined || value === only) items.push(form(subject, value));
    }
    return items;
  }

  sweep(now: number): void {
    for (let i = 0; i < SHARDS_A_SWEEP; i++) this.table.sweepShard(now);
    for (const [subject, { expiresAt }] of this.texts) {
      if (expiresAt < now) this.texts.delete(subject);
    }
  }
}
