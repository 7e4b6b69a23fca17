import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { MoreThanOrEqual, Between } from 'typeorm';
import type { Logger } from 'pino';
import { Clock } from '../../platform/clock.js';
import { ExpiryClock } from '../../platform/expiry-clock.js';
import { Database } from '../../platform/database/database.js';
import { defineProblem } from '../../platform/http/problem.js';
import { LOGGER } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import type { PassedRevocation } from '../../revocation/revocations.repository.js';
import { RevokedToken } from '../../revocation/revoked-token.entity.js';
import { TokenRefused, TokenVerifier } from '../../tokens/token-verifier.js';
import { RevocationStream } from './revocation-stream.js';

/** Streams of one replica: each is an open connection and a write for every revocation. */
export const STREAMS_MAX = 100;
const BEAT_EVERY_MS = 15_000;
const PAGE = 500;

export class TooManyStreams extends defineProblem(
  'too_many_streams',
  503,
  'This replica serves as many streams as it can',
) {
  constructor() {
    super({ headers: { 'Retry-After': '5' } });
  }
}

/** Tells of revocations as this replica learns of them, to whoever keeps a connection open for it. */
@Injectable()
export class RevocationStreams implements OnModuleDestroy {
  private readonly open = new Set<RevocationStream>();
  private readonly timer: NodeJS.Timeout;
  private isOver = false;

  constructor(
    private readonly feed: RevocationFeed,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly expiry: ExpiryClock,
    private readonly verifier: TokenVerifier,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    feed.follow((passed, upTo) => {
      if (passed.length > 0) for (const stream of this.open) stream.tell(passed, upTo);
    });
    this.timer = setInterval(() => {
      this.beat();
    }, BEAT_EVERY_MS);
    this.timer.unref();
    metrics.gauge(
      'signet_revocation_streams',
      'Streams of revocations that are open.',
      () => this.open.size,
    );
  }

  /** @throws TooManyStreams also while the replica shuts down. */
  expectRoom(): void {
    if (this.isOver || this.open.size >= STREAMS_MAX) throw new TooManyStreams();
  }

  /**
   * Serves until the client goes or its token is over.
   *
   * @param after the last revision that the client knows; those from now on when undefined.
   */
  async serve(response: ServerResponse, token: string, after: number | undefined): Promise<void> {
    // A client that comes from a replica that is ahead is told some again, and misses none.
    const position = Math.min(after ?? Infinity, this.feed.revision);
    const stream = new RevocationStream(response, position, () => this.isGood(token));
    this.open.add(stream);
    response.once('close', () => this.open.delete(stream));
    try {
      await stream.catchUp(
        (from, upTo) => this.page(from, upTo),
        () => this.feed.revision,
      );
    } catch (error) {
      // It has begun, so there is no other answer any more. The client comes back, and goes on where it was.
      this.log.warn({ err: error }, 'A stream of revocations has ended');
      response.destroy();
    }
  }

  onModuleDestroy(): void {
    this.isOver = true;
    clearInterval(this.timer);
    for (const stream of this.open) stream.end();
  }

  private beat(): void {
    // Fresh, and not only trusted: who fails open here does not choose so for those who follow.
    const asOf = this.feed.isFresh ? this.clock.now() - this.feed.staleness : undefined;
    for (const stream of this.open) stream.beat(asOf);
  }

  private isGood(token: string): boolean {
    try {
      this.verifier.verify(token);
      return true;
    } catch (error) {
      if (error instanceof TokenRefused || error instanceof RevocationStateStale) return false;
      throw error;
    }
  }

  private async page(after: number, upTo: number): Promise<readonly PassedRevocation[]> {
    const now = this.expiry.at(await this.database.now());
    return this.database.repository(RevokedToken).find({
      where: {
        revision: Between(after + 1, upTo),
        expiresAt: MoreThanOrEqual(now),
      },
      order: { revision: 'ASC' },
      take: PAGE,
    });
  }
}
