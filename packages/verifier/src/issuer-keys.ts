import type { Clock } from './clock.js';
import { KeysUnavailable } from './errors.js';
import type { JsonHttp } from './http.js';
import { readKeySet } from './key-set.js';
import type { KeySet, SigningAlgorithm, VerificationKey } from './key-set.js';
import type { IssuerMetadata } from './metadata.js';
import { SingleFlight } from './single-flight.js';

/** How long keys are kept. Seconds. */
export interface KeyCaching {
  /** No set is used longer than this without asking again, whatever its `max-age`; 600 when absent. */
  readonly keysMaxAge?: number;
  /** Between two fetches, whatever is asked for; 30 when absent. */
  readonly keysCooldown?: number;
  /** How long the last known keys serve on when the issuer does not answer; 3600 when absent. */
  readonly keysStaleFor?: number;
}

/** What an answer without `Cache-Control` is good for. */
const AGE_UNSAID = 300;
/** After a failure the issuer is tried again this soon, in milliseconds. */
const RETRY = 5000;

interface Fetched {
  readonly keys: KeySet;
  /** On the monotonic clock, milliseconds. */
  readonly freshUntil: number;
  readonly usableUntil: number;
}

/**
 * The keys of one issuer. A token asks for its key here; the network is asked when the set is too old,
 * or when a key is unknown, and never twice within the cooldown, so that made-up names cost nothing.
 */
export class IssuerKeys {
  private readonly maxAge: number;
  private readonly cooldown: number;
  private readonly staleFor: number;
  private readonly loading = new SingleFlight(() => this.load());
  private fetched: Fetched | undefined;
  private mayFetchAt = -Infinity;
  /** Why the last fetch failed; undefined when it did not. */
  private failure: unknown;

  constructor(
    private readonly metadata: IssuerMetadata,
    private readonly jwksUri: string | undefined,
    private readonly algorithms: readonly SigningAlgorithm[],
    private readonly http: JsonHttp,
    private readonly clock: Clock,
    { keysMaxAge = 600, keysCooldown = 30, keysStaleFor = 3600 }: KeyCaching,
  ) {
    this.maxAge = keysMaxAge * 1000;
    this.cooldown = keysCooldown * 1000;
    this.staleFor = keysStaleFor * 1000;
  }

  /**
   * The key of that name; undefined when the issuer has none.
   *
   * @throws KeysUnavailable when that cannot be known now.
   */
  async find(kid: string): Promise<VerificationKey | undefined> {
    const known = this.usable()?.get(kid);
    if (known !== undefined && this.isFresh()) return known;
    if (this.loading.isRunning || this.clock.monotonic() >= this.mayFetchAt) {
      const loaded = this.loading.run();
      // Known to be down, the issuer must not make each request wait for the timeout.
      if (known !== undefined && this.failure !== undefined) return known;
      await loaded;
    }
    const found = this.usable()?.get(kid);
    if (found !== undefined) return found;
    if (this.failure === undefined && this.isFresh()) return undefined;
    throw this.unavailable();
  }

  /** @throws KeysUnavailable when there are no keys and none can be fetched. */
  async ready(): Promise<void> {
    if (this.usable() !== undefined) return;
    await this.loading.run();
    if (this.usable() === undefined) throw this.unavailable();
  }

  private isFresh(): boolean {
    return this.fetched !== undefined && this.clock.monotonic() < this.fetched.freshUntil;
  }

  private usable(): KeySet | undefined {
    const { fetched } = this;
    return fetched !== undefined && this.clock.monotonic() < fetched.usableUntil
      ? fetched.keys
      : undefined;
  }

  private unavailable(): KeysUnavailable {
    const wait = (this.mayFetchAt - this.clock.monotonic()) / 1000;
    return new KeysUnavailable(this.metadata.issuer, Math.max(1, Math.ceil(wait)), {
      cause: this.failure,
    });
  }

  /** Replaces the set as a whole: a key that vanished from it is gone. Never rejects. */
  private async load(): Promise<void> {
    const began = this.clock.monotonic();
    this.mayFetchAt = began + this.cooldown;
    try {
      const uri = this.jwksUri ?? (await this.metadata.endpoint('jwks_uri'));
      const { body, headers } = await this.http.get(uri);
      const keys = await readKeySet(body, this.algorithms);
      const age = Math.min(Math.max(lifetimeIn(headers), this.cooldown), this.maxAge);
      const freshUntil = began + age;
      this.fetched = { keys, freshUntil, usableUntil: freshUntil + this.staleFor };
      this.failure = undefined;
    } catch (error) {
      this.metadata.forget(); // the set may have moved
      this.failure = error;
      this.mayFetchAt = this.clock.monotonic() + Math.min(RETRY, this.cooldown);
    }
  }
}

/** How long an answer may be kept, in milliseconds (RFC 9111 4.2). */
function lifetimeIn(headers: Headers): number {
  const control = headers.get('cache-control') ?? '';
  if (/\bno-(?:store|cache)\b/i.test(control)) return 0;
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d+)/i.exec(control)?.[1];
  const age = Number(headers.get('age') ?? 0);
  const seconds = Number(maxAge ?? AGE_UNSAID) - (age > 0 ? age : 0);
  return Math.max(0, seconds) * 1000;
}
