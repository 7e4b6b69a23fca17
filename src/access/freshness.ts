import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { StaleAuthentication } from './access.errors.js';
import type { Principal } from './principal.js';

/** Judges how long ago somebody proved who they are. */
@Injectable()
export class Freshness {
  constructor(
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Lets through whoever has proved who they are within `maxAge` milliseconds, `FRESHNESS_MAX_AGE` when
   * absent. For services in which only some requests need that; a whole route is marked with `@Fresh`.
   *
   * @throws StaleAuthentication
   */
  expect({ authTime }: Principal, maxAge = this.settings.freshnessMaxAge): void {
    const age = this.clock.now() - authTime * 1000;
    // `auth_time` is of whichever replica's clock. From further ahead than clocks may differ, it proves nothing.
    const { clockLeeway } = this.settings;
    if (age < -clockLeeway || age > maxAge + clockLeeway) throw new StaleAuthentication(maxAge);
  }
}
