import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { loadSettings } from '../config/settings.js';
import type { KeyRing } from '../keys/key-ring.js';
import { generateKey } from '../keys/key-material.js';
import type { SigningKeyPair } from '../keys/key-material.js';
import { Clock } from '../platform/clock.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { Metrics } from '../platform/metrics.js';
import type { Follower, RevocationFeed } from '../revocation/revocation-feed.js';
import type { PassedRevocation } from '../revocation/revocations.repository.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import { StatusLists } from './status-lists.service.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

class FakeClock extends Clock {
  ms = NOW;
  override now = () => this.ms;
  override monotonic = () => this.ms;
}

class FakeFeed implements Pick<RevocationFeed, 'follow' | 'revision' | 'staleness'> {
  revision = 0;
  staleness = 0;
  isFresh = true;
  nextStatusIndex = 0;
  private followers: Follower[] = [];
  follow = (follower: Follower) => void this.followers.push(follower);
  tell(now: number, ...passed: Omit<PassedRevocation, 'revision' | 'minVersion'>[]): void {
    const rows = passed.map((one) => ({ ...one, minVersion: null, revision: ++this.revision }));
    for (const follower of this.followers) follower(rows, this.revision, now);
  }
}

let clock: FakeClock;
let feed: FakeFeed;
let lists: StatusLists;
let key: SigningKeyPair;
beforeEach(async () => {
  clock = new FakeClock();
  feed = new FakeFeed();
  key = await generateKey('ES256');
  lists = new StatusLists(
    feed as unknown as RevocationFeed, // all that is used of it
    new RevocationIndex(),
    { active: key } as unknown as KeyRing, // likewise
    clock,
    new ExpiryClock(clock),
    loadSettings({}),
    new Metrics(),
  );
});

const namedRevision = () => {
  clock.ms += 2000; // or the document of a moment ago would do
  return decodeJwt(lists.digest().jws)['named'];
};

describe('what the digest says of named revocations', () => {
  it('is the newest of them, sessions aside', () => {
    feed.tell(NOW, { kind: 'token', subject: 'a', expiresAt: NOW + HOUR, statusIndex: null });
    feed.tell(NOW, { kind: 'session', subject: 'b', expiresAt: NOW + HOUR, statusIndex: 7 });
    expect(namedRevision()).toBe(1);
  });

  it('is none once they have expired', () => {
    feed.tell(NOW, { kind: 'token', subject: 'a', expiresAt: NOW + HOUR, statusIndex: null });
    clock.ms += HOUR + 1;
    feed.tell(clock.now());
    expect(namedRevision()).toBe(0);
  });

  it('goes on for as long as a compromised key is named, whatever expires after it', () => {
    feed.tell(NOW, { kind: 'key', subject: 'kid', expiresAt: NOW + 1e5 * HOUR, statusIndex: null });
    feed.tell(NOW, { kind: 'token', subject: 'a', expiresAt: NOW + HOUR, statusIndex: null });
    clock.ms += HOUR + 1;
    feed.tell(clock.now());
    expect(namedRevision()).toBe(2);
  });
});
