import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { defineProblem } from '../../platform/http/problem.js';
import { Metrics } from '../../platform/metrics.js';

/** More passwords are waiting to be hashed than can be served in time. */
export class HashQueueFull extends defineProblem(
  'too_busy',
  503,
  'Too many passwords are being checked; try again soon',
) {
  constructor() {
    super({ headers: { 'Retry-After': '1' } });
  }
}

/** Somebody who waits for their turn. */
interface Waiting {
  readonly start: () => void;
}

/**
 * Lets only a few hashes run at once: each takes tens of megabytes and a core, and a flood of sign-ins
 * must not take them from everything else. Who waits is served in order, for a while; who cannot be is
 * turned away quickly.
 */
@Injectable()
export class HashQueue {
  /** In the order of arrival, which is that of a Set. */
  private readonly waiting = new Set<Waiting>();
  private running = 0;
  private readonly rejections;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.rejections = metrics.counter(
      'signet_hash_rejected_total',
      'Password checks that were turned away',
    );
    metrics.gauge(
      'signet_hash_queue_waiting',
      'Password checks that wait for their turn',
      () => this.waiting.size,
    );
    metrics.gauge(
      'signet_hash_running',
      'Password hashes that are being computed',
      () => this.running,
    );
  }

  /**
   * Asked before anything else is done for a sign-in: what will be turned away in the end is turned away at
   * once, before it costs the database anything.
   *
   * @throws HashQueueFull
   */
  expectRoom(): void {
    if (this.running < this.settings.hashConcurrency) return;
    if (this.waiting.size >= this.settings.hashQueueLength) throw this.refusal();
  }

  private refusal(): HashQueueFull {
    this.rejections.inc();
    return new HashQueueFull();
  }

  /** Runs `work` when it is its turn. Never inside a transaction, which would wait along. @throws HashQueueFull */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work();
    } finally {
      this.handOn();
    }
  }

  private turn(): Promise<void> {
    if (this.running < this.settings.hashConcurrency) {
      this.running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      if (this.waiting.size >= this.settings.hashQueueLength) {
        reject(this.refusal());
        return;
      }
      const place: Waiting = {
        start: () => {
          clearTimeout(deadline);
          resolve();
        },
      };
      const deadline = setTimeout(() => {
        this.waiting.delete(place);
        reject(this.refusal());
      }, this.settings.hashQueueTimeout);
      this.waiting.add(place);
    });
  }

  /** Gives the place of a hash that is done to whoever waits longest. */
  private handOn(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.running--;
      return;
    }
    this.waiting.delete(next);
    next.start();
  }
}
