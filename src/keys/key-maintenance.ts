import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Database } from '../platform/database/database.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import { LOGGER } from '../platform/logger.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { BY_ITSELF, KeySuccession } from './key-succession.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** Rotation is a matter of days, so a minute more or less does not count. */
const EVERY_MS = 60_000;

/** For how long past its last token's end a key is kept, in ms: the difference between replicas' clocks. */
const MARGIN = 120_000;

/** Does for the keys what is due by time, on every replica; the first one that comes does it for all. */
@Injectable()
export class KeyMaintenance {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly succession: KeySuccession,
    private readonly revocations: RevocationService,
    private readonly index: RevocationIndex,
    private readonly database: Database,
    private readonly expiry: ExpiryClock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.run()
        .catch((error: unknown) => {
          this.log.error({ err: error }, 'Looking after the signing keys failed');
        })
        .finally(() => (this.running = undefined));
    }, EVERY_MS);
  }

  /** Stops; resolves when nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** All that is due now: a rotation, the removal of keys whose last token has expired. */
  async run(): Promise<void> {
    await this.ensure();
    await this.rotateWhenDue();
    await this.removeExpired();
    await this.rememberCompromised();
  }

  /**
   * Makes the first keys where there are none, and another next one when another algorithm is configured.
   * Several replicas may do this at once: whoever comes second finds the keys of the first.
   */
  async ensure(): Promise<void> {
    const isWanted = (key: SigningKey | undefined) =>
      key?.algorithm === this.settings.signingAlgorithm;
    const before = await this.succession.inSlots();
    if (before.active !== undefined && isWanted(before.next)) return;
    const [first, second] = await Promise.all([this.succession.draft(), this.succession.draft()]);
    await this.database.transaction(async () => {
      await this.succession.lock();
      const { active, next } = await this.succession.inSlots();
      if (active === undefined) await this.succession.add(first, 'active');
      if (isWanted(next)) return;
      if (next !== undefined) await this.keys.delete(next.kid); // it has never signed
      await this.succession.add(second, 'next');
    });
  }

  /**
   * Revokes each compromised key that no revocation takes any more: one that was declared so by a version
   * which forgot it after an hour. Needs an index that is loaded.
   */
  async rememberCompromised(): Promise<void> {
    const compromised = await this.keys.kids('compromised');
    const forgotten = compromised.filter((kid) => !this.index.hasKey(kid));
    if (forgotten.length === 0) return;
    const targets = forgotten.map((subject) => ({ kind: 'key' as const, subject }));
    await this.database.transaction(() =>
      this.revocations.revoke(BY_ITSELF, 'key_compromised', targets),
    );
  }

  private async rotateWhenDue(): Promise<void> {
    const { active, next } = await this.succession.current();
    const now = await this.now();
    const { keyRotationInterval: interval, signingAlgorithm } = this.settings;
    const isOld = interval > 0 && now >= (active.activatedAt ?? active.createdAt) + interval;
    const isDue = isOld || active.algorithm !== signingAlgorithm;
    if (isDue && now >= this.succession.signsFrom(next))
      await this.succession.replace(BY_ITSELF, active.kid);
  }

  private async removeExpired(): Promise<void> {
    const { accessTokenMaxTtl, clockLeeway } = this.settings;
    const before = (await this.now()) - accessTokenMaxTtl - clockLeeway - MARGIN;
    const isDue = ({ retiredAt }: SigningKey) => retiredAt !== null && retiredAt < before;
    if (!(await this.keys.usable()).some(isDue)) return;
    await this.database.transaction(async () => {
      await this.succession.lock();
      for (const { kid } of (await this.keys.usable()).filter(isDue)) {
        await this.succession.remove(BY_ITSELF, kid);
      }
    });
  }

  /** To remove a key, or to let one sign that consumers have not read yet, cannot be taken back: no clock alone decides. */
  private async now(): Promise<number> {
    return this.expiry.at(await this.database.now());
  }
}
