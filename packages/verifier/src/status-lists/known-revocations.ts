import type { AccessTokenClaims } from '../claims.js';
import { TokenRejected } from '../errors.js';
import { bitAt, readBits, readDigest, readNamed } from './contents.js';
import type { Digest, Named } from './contents.js';
import { KeptDocument } from './kept-document.js';
import type { Current, Reading } from './kept-document.js';
import { digestUri, listUri, namedUri } from './place.js';
import type { Place } from './place.js';

/** What is known of a token; `uncertain` when too little is, or when it is too old. */
export type Verdict = 'revoked' | 'good' | 'uncertain';

/** Lists that nobody needed for this long are dropped, in ms. */
const UNUSED_FOR = 600_000;
/** Lists that are fetched at once. */
const PARALLEL = 8;

/**
 * What one issuer has revoked, as far as it is known here. The digest is small and fetched often. It says of
 * everything else whether that is still current, so each list is fetched only when something in it changed.
 */
export class KnownRevocations {
  private readonly digest: KeptDocument<Digest>;
  private readonly named: KeptDocument<Named>;
  private readonly lists = new Map<number, KeptDocument<Uint8Array>>();
  private readonly reading: Reading;
  private seenRestores = 0;

  /**
   * @param bound for how long knowledge counts, in ms.
   * @param renewBefore how long before its end a document is fetched anew, in ms.
   */
  constructor(
    private readonly issuer: string,
    reading: Reading,
    private readonly bound: number,
    private readonly renewBefore: number,
  ) {
    // Whoever has stolen a key could sign lists in which nothing is revoked.
    const keyOf: Reading['keyOf'] = async (kid) =>
      this.named.content?.keys.has(kid) === true ? undefined : reading.keyOf(kid);
    this.reading = { ...reading, keyOf };
    this.digest = this.document('signet-digest+jwt', digestUri(issuer), readDigest);
    this.named = this.document('signet-named+jwt', namedUri(issuer), readNamed, this.current());
  }

  /** On the monotonic clock, ms: up to when what is named, and which lists have changed, is known. */
  get knownAt(): number {
    return Math.min(this.digest.knownAt, this.named.knownAt);
  }

  /** @throws TokenRejected when the list does not reach to the token's place. */
  judge(claims: AccessTokenClaims, kid: string, { list, index }: Place): Verdict {
    const document = this.lists.get(list);
    document?.use();
    // What is known to be revoked stays so, however old the knowledge is.
    if (this.isNamed(claims, kid)) return 'revoked';
    if (document?.content !== undefined) {
      const isSet = bitAt(document.content, index);
      if (isSet === undefined) throw new TokenRejected('unknown_status');
      if (isSet) return 'revoked';
    }
    if (!this.named.isFresh(this.bound)) return 'uncertain';
    return document?.isFresh(this.bound) === true || this.isUntouched(list) ? 'good' : 'uncertain';
  }

  /**
   * Fetches what has changed.
   *
   * @throws Error when something of it failed; everything else was done.
   */
  async update(): Promise<void> {
    await this.digest.fetch();
    this.compare();
    const { lists } = this;
    for (const [list, { unusedFor }] of lists) if (unusedFor > UNUSED_FOR) lists.delete(list);
    const outdated = [...lists].filter(([list, document]) => this.isBehind(document, list));
    const fetches = outdated.map(
      ([, document]) =>
        () =>
          document.fetch(),
    );
    if (this.isBehind(this.named)) fetches.unshift(() => this.named.fetch());
    await inParallel(fetches);
    this.compare();
  }

  /** Fetches what is missing to judge a token of that place; not again shortly after a try. @throws Error */
  async learn(list: number): Promise<void> {
    if (!this.digest.isFresh(this.bound)) await this.digest.tryFetch();
    // Everything else comes from the same place, and is none the wiser.
    if (!this.digest.isFresh(this.bound)) throw new Error('The newest digest is too old');
    this.compare();
    if (!this.named.isFresh(this.bound)) await this.named.tryFetch();
    if (!this.isUntouched(list)) await this.listOf(list).tryFetch();
    this.compare();
  }

  private isNamed({ act, ...holder }: AccessTokenClaims, kid: string): boolean {
    const named = this.named.content;
    if (named === undefined) return false;
    if (named.keys.has(kid) || named.tokens.has(holder.jti)) return true;
    return [holder, ...(act === undefined ? [] : [act])].some(
      ({ sid, sub, ver }) => named.credentials.has(sid) || ver < (named.principals.get(sub) ?? 0),
    );
  }

  /** Whether the digest, which names every list with something in it, does not name this one. */
  private isUntouched(list: number): boolean {
    return this.digest.isFresh(this.bound) && this.digest.content?.lists.has(list) === false;
  }

  /** Of a list, unless it is what is named. */
  private revisionIn(digest: Digest, list: number | undefined): number {
    return list === undefined ? digest.named : (digest.lists.get(list) ?? 0);
  }

  private current(list?: number): Current {
    return (upTo) => {
      const { content, revision } = this.digest;
      return content === undefined || revision < upTo ? undefined : this.revisionIn(content, list);
    };
  }

  private isBehind(document: KeptDocument<unknown>, list?: number): boolean {
    const digest = this.digest.content;
    return (
      document.remaining < this.renewBefore ||
      (digest !== undefined && document.revision < this.revisionIn(digest, list))
    );
  }

  /** Has the digest vouch for what it says is current. */
  private compare(): void {
    const { content, knownAt, restores } = this.digest;
    if (content === undefined) return;
    if (restores !== this.seenRestores) {
      // Revisions count anew: what is kept of the history before may have the numbers of this one.
      this.seenRestores = restores;
      this.named.forget();
      this.lists.clear();
    }
    this.named.vouch(content.named, knownAt);
    for (const [list, document] of this.lists)
      document.vouch(this.revisionIn(content, list), knownAt);
  }

  private listOf(list: number): KeptDocument<Uint8Array> {
    const known = this.lists.get(list);
    if (known !== undefined) return known;
    const uri = listUri(this.issuer, list);
    const document = this.document('statuslist+jwt', uri, readBits, this.current(list));
    this.lists.set(list, document);
    return document;
  }

  private document<T>(
    type: string,
    uri: string,
    read: (claims: Readonly<Record<string, unknown>>) => T,
    current?: Current,
  ): KeptDocument<T> {
    return new KeptDocument({ type, issuer: this.issuer, uri }, read, this.reading, current);
  }
}

/** Runs all, a few at a time. @throws the first error, when all have ended. */
async function inParallel(works: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...works];
  const failures: unknown[] = [];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await next().catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  if (failures.length > 0) throw failures[0];
}
