import type { Clock } from '../clock.js';
import { UnusableAnswer } from '../http.js';
import type { JsonHttp } from '../http.js';
import type { VerificationKey } from '../key-set.js';
import { SingleFlight } from '../single-flight.js';
import type { Identity } from './identity.js';
import { readSigned } from './signed-claims.js';
import type { DocumentClaims, Expected } from './signed-claims.js';

/** What documents are fetched and judged with. */
export interface Reading {
  readonly http: JsonHttp;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly keyOf: (kid: string) => Promise<VerificationKey | undefined>;
  /** By how much the clocks may differ, in ms. */
  readonly leeway: number;
}

interface Kept<T> {
  readonly content: T;
  readonly revision: number;
  readonly iat: number;
  readonly exp: number;
  readonly tag: string | undefined;
  /** On the monotonic clock, ms: what was stored before is in it. */
  readonly knownAt: number;
}

/** Of named revocations, Signet's largest document: 250,000 of them. */
const BODY_MAX = 33_554_432;
/** Between two tries that a request waits for, in ms. */
const TRY_EVERY = 1000;
/**
 * By how much newer, in seconds, a lower revision must be to count: no replica of Signet is that far
 * behind, so the history was restored to an earlier state.
 */
const RESTORED_AFTER = 65;

/**
 * The revision that the digest in hand says is current; undefined when that digest does not reach to
 * revision `upTo`, so cannot know whether it is over.
 */
export type Current = (upTo: number) => number | undefined;

/** One document of the issuer: fetched, verified, and kept until a newer one comes. */
export class KeptDocument<T> {
  private kept: Kept<T> | undefined;
  private mayTryAt = -Infinity;
  private readonly fetching = new SingleFlight(() => this.fetchNow());
  private usedAt: number;
  private timesRestored = 0;

  constructor(
    private readonly expected: Expected,
    private readonly read: (claims: DocumentClaims) => T,
    private readonly reading: Reading,
    private readonly current: Current = () => undefined,
  ) {
    this.usedAt = reading.clock.monotonic();
  }

  get content(): T | undefined {
    return this.kept?.content;
  }

  /** 0 when there is none. */
  get revision(): number {
    return this.kept?.revision ?? 0;
  }

  /** On the monotonic clock, ms: up to when it knows everything. */
  get knownAt(): number {
    return this.kept?.knownAt ?? -Infinity;
  }

  /** Milliseconds until it expires, leeway included; none when there is no document. */
  get remaining(): number {
    const { clock, leeway } = this.reading;
    return this.kept === undefined ? -Infinity : this.kept.exp * 1000 + leeway - clock.now();
  }

  /** For how long nobody needed it, in ms. */
  get unusedFor(): number {
    return this.reading.clock.monotonic() - this.usedAt;
  }

  /** How often the history was found to begin anew. */
  get restores(): number {
    return this.timesRestored;
  }

  /** Says that it is needed. */
  use(): void {
    this.usedAt = this.reading.clock.monotonic();
  }

  forget(): void {
    this.kept = undefined;
  }

  /** Whether it knows everything that is older than `bound` ms. */
  isFresh(bound: number): boolean {
    return this.reading.clock.monotonic() - this.knownAt <= bound && this.remaining > 0;
  }

  /** Takes the issuer's word that at `knownAt` this revision was the newest. */
  vouch(revision: number, knownAt: number): void {
    if (this.kept === undefined || this.kept.revision < revision) return;
    this.kept = { ...this.kept, knownAt: Math.max(this.kept.knownAt, knownAt) };
  }

  /** @throws Error when there is no answer, or one that is not to be believed. */
  fetch(): Promise<void> {
    return this.fetching.run();
  }

  /** The same for a request that waits: shortly after a try there is no other, which would not help either. */
  async tryFetch(): Promise<void> {
    const now = this.reading.clock.monotonic();
    if (!this.fetching.isRunning && now < this.mayTryAt) return;
    this.mayTryAt = now + TRY_EVERY;
    await this.fetch();
  }

  private async fetchNow(): Promise<void> {
    const { identity } = this.reading;
    const headers = await identity.headers();
    try {
      await this.fetchWith(headers);
      if (headers['authorization'] !== undefined) identity.succeeded();
    } catch (error) {
      const isRefused = error instanceof UnusableAnswer && error.status === 401;
      if (!isRefused || headers['authorization'] === undefined) throw error;
      identity.failed('The token to fetch status lists with is refused', error);
      await this.fetchWith({});
    }
  }

  private async fetchWith(headers: Readonly<Record<string, string>>): Promise<void> {
    const { http, clock, keyOf, leeway } = this.reading;
    const { type, uri } = this.expected;
    const began = { wall: clock.now(), ticks: clock.monotonic() };
    const tag = this.kept?.tag;
    const answer = await http.getText(uri, `application/${type}`, tag, BODY_MAX, headers);
    // Unchanged, says somebody who signs nothing. So it is no newer than it was.
    if (answer === undefined) return;
    const claims = await readSigned(answer.text, this.expected, keyOf);
    const age = began.wall - claims.iat * 1000;
    if (age < -leeway) throw new Error(`${uri} is from the future`);
    if (claims.exp * 1000 + leeway <= clock.now()) throw new Error(`${uri} has expired`);
    // From here on the monotonic clock counts, which nobody sets. A clock that is behind makes the age too
    // small, by no more than the leeway.
    this.take(claims, answer.tag, began.ticks - Math.max(0, age));
  }

  /** Of two answers the one that knows more counts, in whichever order they come, from whichever replica. */
  private take(claims: DocumentClaims, tag: string | undefined, knownAt: number): void {
    const { revision, iat, exp } = claims;
    const { kept } = this;
    const isOlder = kept !== undefined && this.isOlder(claims, kept);
    const isRestored =
      kept !== undefined && revision < kept.revision && iat - kept.iat > RESTORED_AFTER;
    if (isOlder && !isRestored) return;
    if (isOlder) this.timesRestored++;
    // What is of the same history or a later one is also as good as what there was.
    const known = isOlder ? knownAt : Math.max(knownAt, this.knownAt);
    this.kept = { content: this.read(claims), revision, iat, exp, tag, knownAt: known };
  }

  private isOlder({ revision, iat }: DocumentClaims, kept: Kept<T>): boolean {
    if (revision > kept.revision) return false;
    if (revision === kept.revision) return iat < kept.iat;
    // Lower also when the newest revocation is over: the digest knows of that one and names an earlier one.
    return iat <= kept.iat || this.current(kept.revision) !== revision;
  }
}
