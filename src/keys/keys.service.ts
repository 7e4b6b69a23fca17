import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { Envelope } from './envelope.js';
import { generateKey } from './key-material.js';
import { KeyRing } from './key-ring.js';
import { KeyIsOver, KeyNotFound, NextKeyTooYoung } from './keys.errors.js';
import { seal } from './sealed-key.js';
import { stateOf } from './signing-key.entity.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** Nobody called: the installation does this by itself. */
const BY_ITSELF: Actor = { origin: { ip: '', userAgent: '', requestId: 'key-rotation' } };

/** For how long past its last token's end a key is kept, in ms: the difference between replicas' clocks. */
const MARGIN = 120_000;

/** What a key that was compromised took with it. */
export interface CompromiseReceipt {
  readonly key: SigningKey;
  /** The revision of the revocation. */
  readonly revision: number;
}

/**
 * The life of signing keys: next, active, retired, removed; or compromised. Every change takes one lock
 * first, so two replicas cannot both rotate, and is told to all replicas by their poll.
 */
@Injectable()
export class KeysService {
  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly ring: KeyRing,
    private readonly revocations: RevocationService,
    private readonly envelope: Envelope,
    private readonly audit: AuditService,
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Every key there was, the newest first. */
  list(): Promise<readonly SigningKey[]> {
    return this.keys.all();
  }

  /** When a next key may sign: everybody who keeps the key set has read it anew by then. */
  signsFrom({ createdAt }: Pick<SigningKey, 'createdAt'>): number {
    const { jwksMaxAge, revocationMaxStaleness, clockLeeway } = this.settings;
    return createdAt + jwksMaxAge + revocationMaxStaleness + clockLeeway;
  }

  /**
   * Makes the first keys where there are none, and another next one when another algorithm is configured.
   * Several replicas may do this at once: whoever comes second finds the keys of the first.
   */
  async ensure(): Promise<void> {
    const isWanted = (key: SigningKey | undefined) =>
      key?.algorithm === this.settings.signingAlgorithm;
    const before = await this.inSlots();
    if (before.active !== undefined && isWanted(before.next)) return;
    const [first, second] = await Promise.all([this.draft(), this.draft()]);
    await this.database.transaction(async () => {
      await this.keys.lock();
      const { active, next } = await this.inSlots();
      if (active === undefined) await this.add(first, 'active');
      if (isWanted(next)) return;
      if (next !== undefined) await this.keys.delete(next.kid); // it has never signed
      await this.add(second, 'next');
    });
  }

  /**
   * Lets the next key sign; the one that signed goes on verifying until its last token has expired.
   *
   * @returns the key that signs now.
   * @throws NextKeyTooYoung
   */
  async rotate(actor: Actor): Promise<SigningKey> {
    const { active } = await this.current();
    const signing = await this.replace(actor, active.kid);
    await this.ring.load();
    return signing;
  }

  /**
   * Makes every token that the key signed invalid, here at once and everywhere within the bound, and lets
   * the next key sign now, however young it is.
   *
   * @throws KeyNotFound
   * @throws KeyIsOver
   */
  async compromise(actor: Actor, kid: string): Promise<CompromiseReceipt> {
    const successor = await this.draft();
    const revision = await this.database.transaction(async () => {
      await this.keys.lock();
      const key = await this.keys.find(kid);
      if (key === null) throw new KeyNotFound();
      const state = stateOf(key);
      if (state === 'removed' || state === 'compromised') throw new KeyIsOver();
      const { next } = await this.current();
      await this.keys.update(kid, {
        activeSlot: null,
        compromisedAt: this.clock.now(),
        sealedPrivateKey: '',
      });
      if (state === 'active') await this.promote(next, successor);
      if (state === 'next') await this.add(successor, 'next');
      await this.audit.record(actor, {
        action: 'key.compromised',
        target: { type: 'key', id: kid },
        detail: { state, ...(state === 'active' ? { promoted: next.kid } : {}) },
      });
      return this.revocations.revoke(actor, 'key_compromised', [{ kind: 'key', subject: kid }]);
    });
    await this.ring.load();
    const key = await this.keys.find(kid);
    if (key === null) throw new KeyNotFound();
    return { key, revision };
  }

  /** What is due by time: a rotation, the removal of keys whose last token has expired. */
  async maintain(): Promise<void> {
    await this.ensure();
    await this.rotateWhenDue();
    await this.removeExpired();
  }

  private async rotateWhenDue(): Promise<void> {
    const { active, next } = await this.current();
    const now = this.clock.now();
    const { keyRotationInterval: interval, signingAlgorithm } = this.settings;
    const isOld = interval > 0 && now >= (active.activatedAt ?? active.createdAt) + interval;
    const isDue = isOld || active.algorithm !== signingAlgorithm;
    if (isDue && now >= this.signsFrom(next)) await this.replace(BY_ITSELF, active.kid);
  }

  /** Rotates, unless somebody else has replaced that key meanwhile. @throws NextKeyTooYoung */
  private async replace(actor: Actor, kid: string): Promise<SigningKey> {
    const successor = await this.draft();
    return this.database.transaction(async () => {
      await this.keys.lock();
      const { active, next } = await this.current();
      if (active.kid !== kid) return active;
      const remaining = this.signsFrom(next) - this.clock.now();
      if (remaining > 0) throw new NextKeyTooYoung(remaining);
      await this.keys.update(kid, { activeSlot: null, retiredAt: this.clock.now() });
      await this.audit.record(actor, {
        action: 'key.rotated',
        target: { type: 'key', id: next.kid },
        detail: { retired: kid },
      });
      return this.promote(next, successor);
    });
  }

  private async removeExpired(): Promise<void> {
    const { accessTokenMaxTtl, clockLeeway } = this.settings;
    const before = this.clock.now() - accessTokenMaxTtl - clockLeeway - MARGIN;
    const isDue = ({ retiredAt }: SigningKey) => retiredAt !== null && retiredAt < before;
    if (!(await this.keys.usable()).some(isDue)) return;
    await this.database.transaction(async () => {
      await this.keys.lock();
      for (const { kid } of (await this.keys.usable()).filter(isDue)) {
        await this.keys.update(kid, { removedAt: this.clock.now(), sealedPrivateKey: '' });
        await this.audit.record(BY_ITSELF, {
          action: 'key.removed',
          target: { type: 'key', id: kid },
        });
      }
    });
  }

  /** The two keys that are there from the first start on. */
  private async current(): Promise<{ readonly active: SigningKey; readonly next: SigningKey }> {
    const { active, next } = await this.inSlots();
    if (active === undefined || next === undefined)
      throw new Error('The active or the next signing key is missing');
    return { active, next };
  }

  private async inSlots() {
    const rows = await this.keys.usable();
    const inSlot = (slot: SigningKey['activeSlot']) =>
      rows.find(({ activeSlot }) => activeSlot === slot);
    return { active: inSlot('active'), next: inSlot('next') };
  }

  /** A new key, made before the transaction, for RSA takes a second. */
  private async draft(): Promise<SigningKey> {
    const key = await generateKey(this.settings.signingAlgorithm);
    return {
      ...seal(key, this.envelope),
      activeSlot: null,
      createdAt: this.clock.now(),
      activatedAt: null,
      retiredAt: null,
      removedAt: null,
      compromisedAt: null,
    };
  }

  private async promote(next: SigningKey, successor: SigningKey): Promise<SigningKey> {
    const change = { activeSlot: 'active', activatedAt: this.clock.now() } as const;
    await this.keys.update(next.kid, change);
    await this.add(successor, 'next');
    return { ...next, ...change };
  }

  private async add(draft: SigningKey, slot: 'active' | 'next'): Promise<void> {
    await this.keys.insert({
      ...draft,
      activeSlot: slot,
      activatedAt: slot === 'active' ? draft.createdAt : null,
    });
    await this.audit.record(BY_ITSELF, {
      action: 'key.created',
      target: { type: 'key', id: draft.kid },
    });
  }
}
