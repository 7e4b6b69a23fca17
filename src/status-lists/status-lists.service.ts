import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { KeyRing } from '../keys/key-ring.js';
import { Clock } from '../platform/clock.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { NotFound } from '../platform/http/problems.js';
import { Metrics } from '../platform/metrics.js';
import { RevocationStateStale } from '../revocation/revocation.errors.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import type { PassedRevocation } from '../revocation/revocations.repository.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import { digestDocument, listDocument, namedDocument } from './documents.js';
import type { Document, Validity } from './documents.js';
import { SignedDocuments } from './signed-documents.js';
import type { SignedDocument } from './signed-documents.js';
import { StatusBits } from './status-bits.js';
import { LIST_LENGTH, listUri } from './status-reference.js';
import { TooManyNamed } from './status-lists.errors.js';

/** Above this the named revocations are not served: 16 MB, which nobody should have to read every few seconds. */
export const NAMED_MAX = 250_000;

/** How often the digest is signed when it is asked for: it says how fresh everything is. */
const DIGEST_EVERY_MS = 1000;

/**
 * What others need to refuse revoked tokens by themselves: signed, and said of the moment up to which this
 * replica knows everything. A replica that is not fresh says nothing.
 *
 * The bits follow the feed and not what this replica revokes itself: a list's revision promises everything
 * before it, so nothing may be in front of what others revoked earlier. It costs one poll.
 */
@Injectable()
export class StatusLists {
  private readonly bits: StatusBits;
  private readonly documents: SignedDocuments;
  /** The newest revision of a named revocation that is in force. */
  private newestNamed = { revision: 0, expiresAt: 0 };

  constructor(
    private readonly feed: RevocationFeed,
    private readonly index: RevocationIndex,
    private readonly keyRing: KeyRing,
    private readonly clock: Clock,
    expiry: ExpiryClock,
    @Inject(SETTINGS) private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.documents = new SignedDocuments(clock);
    this.bits = new StatusBits(Math.max(settings.accessTokenMaxTtl, 60_000));
    feed.follow((passed, _upTo, databaseNow) => {
      const now = expiry.at(databaseNow);
      this.bits.sweep(now);
      if (this.newestNamed.expiresAt < now) this.newestNamed = { revision: 0, expiresAt: 0 };
      for (const revocation of passed) this.take(revocation);
    });
    metrics.gauge(
      'signet_status_lists_bytes',
      'Memory that the bits of the status lists take.',
      () => this.bits.bytes,
    );
  }

  /**
   * @throws NotFound when no token says that its status is there.
   * @throws RevocationStateStale
   */
  list(list: number): SignedDocument {
    if (list >= this.count()) throw new NotFound();
    const revision = this.bits.revisionOf(list);
    return this.signed(`${list}`, revision, this.settings.statusListLifetime / 4, (validity) =>
      listDocument(validity, list, revision, this.bits.bitsOf(list)),
    );
  }

  /** @throws NotFound @throws RevocationStateStale */
  digest(): SignedDocument {
    const { revision } = this.feed;
    return this.signed('digest', revision, DIGEST_EVERY_MS, (validity) =>
      digestDocument(validity, revision, this.bits.revisions(), this.newestNamed.revision),
    );
  }

  /** @throws NotFound @throws RevocationStateStale @throws TooManyNamed */
  named(): SignedDocument {
    if (this.index.namedSize > NAMED_MAX) throw new TooManyNamed();
    const { revision } = this.newestNamed;
    return this.signed('named', revision, this.settings.statusListLifetime / 4, (validity) =>
      namedDocument(validity, revision, this.index.named()),
    );
  }

  /** The addresses of all lists (draft-ietf-oauth-status-list 9). @throws NotFound */
  addresses(): readonly string[] {
    const { issuer } = this.settings;
    return Array.from({ length: this.count() }, (_, list) => listUri(issuer, list));
  }

  /**
   * How many lists there are. Half a list more than was leased at the last poll: another replica may have
   * leased since, and a token of its must not find that its list does not exist.
   */
  private count(): number {
    return Math.ceil((this.feed.nextStatusIndex + LIST_LENGTH / 2) / LIST_LENGTH);
  }

  private take({ kind, statusIndex, revision, expiresAt }: PassedRevocation): void {
    if (statusIndex !== null) this.bits.set(statusIndex, revision, expiresAt);
    if (kind === 'session') return;
    // A key stays revoked for longer than what comes after it.
    this.newestNamed = {
      revision,
      expiresAt: Math.max(expiresAt, this.newestNamed.expiresAt),
    };
  }

  /** @param signEvery how old it may get while it stays the same, in ms. */
  private signed(
    name: string,
    revision: number,
    signEvery: number,
    make: (validity: Validity) => Document,
  ): SignedDocument {
    const { issuer, statusLists, statusListTtl: ttl, statusListLifetime: lifetime } = this.settings;
    if (!statusLists) throw new NotFound();
    if (!this.feed.isFresh) throw new RevocationStateStale();
    const asOf = this.clock.now() - this.feed.staleness;
    const version = `${revision}.${Math.floor(asOf / signEvery)}`;
    return this.documents.get(name, version, this.keyRing.active, () =>
      make({ issuer, asOf, ttl, lifetime }),
    );
  }
}
