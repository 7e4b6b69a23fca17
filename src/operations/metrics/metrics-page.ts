import { Injectable } from '@nestjs/common';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { Metrics } from '../../platform/metrics.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import { RevocationIndex } from '../../revocation/revocation-index.js';

/** Memory, event loop, garbage collection: of the process, not of an application, so there is one. */
let ofProcess: Registry | undefined;

function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** What `GET /metrics` shows. */
@Injectable()
export class MetricsPage {
  readonly contentType: string;

  constructor(
    private readonly metrics: Metrics,
    index: RevocationIndex,
    feed: RevocationFeed,
  ) {
    this.contentType = metrics.registry.contentType;
    metrics.gauge(
      'signet_revocation_index_size',
      'Revocations in force that this replica knows of.',
      () => index.size,
    );
    metrics.gauge(
      'signet_revocation_index_bytes',
      'Memory that the revocations in force take.',
      () => index.bytes,
    );
    metrics.gauge(
      'signet_revocation_staleness_seconds',
      'By how much the revocation index may lag behind the database.',
      () => feed.staleness / 1000,
    );
    metrics.gauge(
      'signet_revocation_revision',
      'The newest revision up to which every revocation is known.',
      () => feed.revision,
    );
  }

  /** Everything as text. Watching the process begins with the first call: unwatched, it costs nothing. */
  async render(): Promise<string> {
    const pages = [this.metrics.registry, processMetrics()].map((registry) => registry.metrics());
    return (await Promise.all(pages)).join('\n');
  }
}
