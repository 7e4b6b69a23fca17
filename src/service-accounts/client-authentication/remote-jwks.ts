import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { ServiceUnavailable } from '../../platform/http/problems.js';
import { LOGGER } from '../../platform/logger.js';
import { refusalOfJwksAddress } from '../jwks-address.js';
import type { PublicJwk } from '../public-key.js';
import { fetchJwks } from './fetch-jwks.js';

/** For how long fetched keys are used, in ms: a key that its owner takes out is refused after that. */
const MAX_AGE = 600_000;

/** For how long beyond that when the address does not answer, in ms: its outage is not the client's. */
const KEPT_FOR = 3_600_000;

/** The least time between two requests to one address, in ms, however many assertions want it. */
const COOLDOWN = 30_000;

/** Addresses that are remembered; each was registered by somebody who may do so. */
const ADDRESSES_MAX = 1000;

/** Instants of the monotonic clock, in ms. */
interface Entry {
  keys: readonly PublicJwk[];
  fetchedAt: number;
  askedAt: number;
  /** Whether the last answer was none. */
  failed: boolean;
  pending: Promise<void> | undefined;
}

/**
 * The keys that clients publish themselves. What can be sent by anybody, an assertion with an unknown
 * `kid`, costs one request per address and cooldown at the most.
 */
@Injectable()
export class RemoteJwks {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    @Inject(SETTINGS)
    private readonly settings: Pick<Settings, 'clientJwksOrigins' | 'production'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * The keys at the address, with `kid` among them if it is there; none when the operator does not list it.
   *
   * @throws ServiceUnavailable when they cannot be known: the address does not answer, and what it said
   *   before is too old or does not have the `kid`.
   */
  async keysAt(address: string, kid: string | undefined): Promise<readonly PublicJwk[]> {
    // Again, though it was asked when the address was registered: the operator may have changed their mind.
    const refusal = refusalOfJwksAddress(address, this.settings);
    if (refusal !== undefined) {
      this.log.warn({ address }, `The jwksUri of a credential ${refusal}`);
      return [];
    }
    const entry = this.entryOf(address);
    const lacks = () => kid !== undefined && !entry.keys.some((key) => key.kid === kid);
    if (this.ageOf(entry) >= MAX_AGE || lacks()) await this.refresh(address, entry);
    if (entry.failed && (this.ageOf(entry) >= MAX_AGE + KEPT_FOR || lacks())) {
      throw this.unavailable(entry);
    }
    return entry.keys;
  }

  private ageOf({ fetchedAt }: Entry): number {
    return this.clock.monotonic() - fetchedAt;
  }

  private unavailable({ askedAt }: Entry): ServiceUnavailable {
    const left = askedAt + COOLDOWN - this.clock.monotonic();
    return new ServiceUnavailable({
      detail: 'the keys of the client cannot be fetched now; try again soon',
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(left / 1000))) },
    });
  }

  /** Asks the address, unless that was done just now; whoever comes meanwhile waits for the same answer. */
  private refresh(address: string, entry: Entry): Promise<void> {
    const now = this.clock.monotonic();
    if (entry.pending === undefined && now - entry.askedAt >= COOLDOWN) {
      entry.askedAt = now;
      entry.pending = this.fetch(address, entry).finally(() => (entry.pending = undefined));
    }
    return entry.pending ?? Promise.resolve();
  }

  private async fetch(address: string, entry: Entry): Promise<void> {
    const askedAt = this.clock.monotonic();
    try {
      entry.keys = await fetchJwks(address);
      entry.fetchedAt = askedAt;
      entry.failed = false;
    } catch (error) {
      entry.failed = true;
      this.log.warn({ err: error, address }, 'The keys of a client cannot be fetched');
    }
  }

  private entryOf(address: string): Entry {
    let entry = this.entries.get(address);
    if (entry === undefined) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined && this.entries.size >= ADDRESSES_MAX) this.entries.delete(oldest);
      entry = {
        keys: [],
        fetchedAt: -Infinity,
        askedAt: -Infinity,
        failed: false,
        pending: undefined,
      };
      this.entries.set(address, entry);
    }
    return entry;
  }
}
