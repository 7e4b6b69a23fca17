import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { KeysService } from '../../keys/keys.service.js';
import { Clock } from '../../platform/clock.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import type { Inspection } from '../../tokens/token-verifier.js';
import type { Fault } from '../../tokens/verification-steps.js';
import type { VerifiedToken } from '../../tokens/verified-token-cache.js';
import { keyFactsOf } from './facts.js';
import type { Facts, KeyFacts } from './facts.js';
import { RevocationHits } from './revocation-hits.js';
import type { RevocationHit } from './revocation-hits.js';
import type { ShownToken } from './shown-token.js';

/** Gathers what the verification itself does not need to know. */
@Injectable()
export class FactFinder {
  constructor(
    private readonly keys: KeysService,
    private readonly hits: RevocationHits,
    private readonly feed: RevocationFeed,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async find({ attempt, steps }: Inspection, shown: ShownToken): Promise<Facts> {
    const { issuer, clockLeeway, accessTokenMaxTtl, revocationMaxStaleness } = this.settings;
    // Before the database is asked, which takes time: what was true when the steps were taken.
    const { revision, staleness } = this.feed;
    const now = this.clock.now();
    const has = (wanted: Fault) => steps.some(({ fault }) => fault === wanted);
    const kid = attempt.header?.kid;
    const key = kid === undefined ? undefined : await this.keyOf(kid);
    const compromisedKid = has('unknown_key') && key?.state === 'compromised' ? kid : undefined;
    return {
      now,
      issuer,
      leeway: clockLeeway,
      lifetimeMax: accessTokenMaxTtl,
      shown,
      key,
      compromisedKid,
      revocations: await this.hitsOn(has('revoked') ? attempt.verified : undefined, compromisedKid),
      revision,
      staleness,
      stalenessMax: revocationMaxStaleness,
    };
  }

  private hitsOn(
    revoked: VerifiedToken | undefined,
    compromisedKid: string | undefined,
  ): Promise<readonly RevocationHit[]> | readonly RevocationHit[] {
    if (revoked !== undefined) return this.hits.of(revoked.revocable);
    return compromisedKid === undefined ? [] : this.hits.ofKey(compromisedKid);
  }

  /** Keys that verify nothing any more, too: the ring in memory has only the others. */
  private async keyOf(kid: string): Promise<KeyFacts | undefined> {
    const key = await this.keys.find(kid);
    return key === null ? undefined : keyFactsOf(key);
  }
}
