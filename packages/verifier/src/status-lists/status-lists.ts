import type { AccessTokenClaims } from '../claims.js';
import { clockFrom } from '../clock.js';
import type { Clock } from '../clock.js';
import { RevocationUnavailable } from '../errors.js';
import { JsonHttp } from '../http.js';
import type { HttpOptions } from '../http.js';
import { IssuerKeys } from '../issuer-keys.js';
import { SIGNING_ALGORITHMS } from '../key-set.js';
import { IssuerMetadata } from '../metadata.js';
import { expectWithin } from '../options.js';
import type { PresentedToken, RevocationCheck } from '../revocation.js';
import { SingleFlight } from '../single-flight.js';
import { Identity } from './identity.js';
import { KnownRevocations } from './known-revocations.js';
import { placeOf } from './place.js';

/** Spans are seconds. */
export interface StatusListsOptions extends HttpOptions {
  /** Exactly as in the tokens' `iss`. */
  readonly issuer: string;
  /** Between two looks for what is new, in the background; 5 when absent. */
  readonly refreshEvery?: number;
  /**
   * The bound: for how long after a revocation a token may still be accepted, whatever happens in between.
   * Counted from the moment at which Signet stored it. 20 when absent.
   */
  readonly maxStaleness?: number;
  /** By how much clocks may differ, which comes on top of the bound; 5 when absent, at most 60. */
  readonly leeway?: number;
  /** Whether tokens count as good when the bound cannot be kept; they do not (503) when absent. */
  readonly failOpen?: boolean;
  /**
   * An access token of your service account for Signet's own API, such as that of a token client without a
   * `resource`. It is sent when documents are fetched, so that Signet knows which service has what, and is
   * needed for nothing: when there is none, or it is refused, documents are fetched without.
   */
  readonly token?: () => Promise<string>;
  /** Told of each failure; without it nobody knows that `failOpen` lets in unchecked. */
  readonly onFailure?: (error: Error) => void;
  /** Parts of a clock, for tests. */
  readonly clock?: Partial<Clock>;
}

/** A key that is not known yet is looked for this soon, in seconds: after a compromise another one signs at once. */
const KEYS_COOLDOWN = 5;

/**
 * Refuses revoked tokens without asking about each: keeps Signet's status lists, and what they cannot say,
 * up to date in the background. One for the whole process; the first token starts it.
 *
 * @throws TypeError when an option is not what it must be.
 */
export function statusLists(options: StatusListsOptions): StatusLists {
  return new StatusLists(options);
}

/** Made by `statusLists`. */
export class StatusLists implements RevocationCheck {
  private readonly known: KnownRevocations;
  private readonly clock: Clock;
  private readonly refreshEvery: number;
  private readonly bound: number;
  private readonly refreshing = new SingleFlight(() => this.refreshNow());
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly options: StatusListsOptions) {
    const { issuer, refreshEvery = 5, maxStaleness = 20, leeway = 5, timeout = 5 } = options;
    expectWithin('refreshEvery', refreshEvery, 0.1, 3600);
    expectWithin('maxStaleness', maxStaleness, refreshEvery, 86_400);
    expectWithin('leeway', leeway, 0, 60);
    expectWithin('timeout', timeout, 0.1, 60);
    this.refreshEvery = refreshEvery * 1000;
    this.bound = maxStaleness * 1000;
    this.clock = clockFrom(options.clock);
    const http = new JsonHttp(options);
    const metadata = new IssuerMetadata(issuer, http);
    const keys = new IssuerKeys(metadata, undefined, SIGNING_ALGORITHMS, http, this.clock, {
      keysCooldown: KEYS_COOLDOWN,
    });
    const reading = {
      http,
      identity: new Identity(
        options.token,
        () => this.clock.monotonic(),
        (message, cause) => options.onFailure?.(new RevocationUnavailable(message, { cause })),
      ),
      clock: this.clock,
      leeway: leeway * 1000,
      keyOf: (kid: string) => keys.find(kid),
    };
    this.known = new KnownRevocations(issuer, reading, this.bound, this.refreshEvery * 2);
  }

  /** By how many seconds the knowledge may lag behind Signet; infinite before the first answer. */
  get staleness(): number {
    return (this.clock.monotonic() - this.known.knownAt) / 1000;
  }

  /**
   * @throws TokenRejected when the token does not say where its status is.
   * @throws RevocationUnavailable when the bound cannot be kept, unless tokens count as good then.
   */
  async isRevoked(
    claims: AccessTokenClaims,
    { kid }: Pick<PresentedToken, 'kid'>,
  ): Promise<boolean> {
    const { issuer, failOpen = false } = this.options;
    if (claims.iss !== issuer) throw new RevocationUnavailable(`Only ${issuer} is known here`);
    const place = placeOf(claims, issuer);
    this.start();
    let cause: unknown;
    if (this.known.judge(claims, kid, place) === 'uncertain') {
      cause = await this.known.learn(place.list).catch((error: unknown) => error);
    }
    const verdict = this.known.judge(claims, kid, place);
    if (verdict !== 'uncertain') return verdict === 'revoked';
    const error = new RevocationUnavailable('What was revoked is not known for certain now', {
      cause,
    });
    this.options.onFailure?.(error);
    if (failOpen) return false;
    throw error;
  }

  /** Fetches what there is to know: for a start that wants to know. @throws RevocationUnavailable */
  async ready(): Promise<void> {
    this.start();
    await this.refresh();
    if (this.staleness * 1000 <= this.bound) return;
    throw new RevocationUnavailable(`The status lists of ${this.options.issuer} are not available`);
  }

  /** Looks for what is new now, as happens every `refreshEvery` seconds. Never rejects: see `onFailure`. */
  refresh(): Promise<void> {
    return this.refreshing.run();
  }

  /** Ends the work in the background. From then on knowledge grows old, and tokens are refused past the bound. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async refreshNow(): Promise<void> {
    try {
      await this.known.update();
    } catch (cause) {
      const message = `The status lists of ${this.options.issuer} could not be refreshed`;
      this.options.onFailure?.(new RevocationUnavailable(message, { cause }));
    }
  }

  private start(): void {
    if (this.timer === undefined && !this.isClosed) this.schedule();
  }

  private schedule(): void {
    // Not all consumers at the same moment.
    const wait = this.refreshEvery * (0.9 + Math.random() * 0.1);
    this.timer = setTimeout(() => {
      void this.refresh().then(() => {
        if (!this.isClosed) this.schedule();
      });
    }, wait);
    this.timer.unref(); // it keeps no process alive
  }
}
