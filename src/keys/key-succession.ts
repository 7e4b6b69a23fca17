import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Database } from '../platform/database/database.js';
import { RevocationBus } from '../revocation/bus/revocation-bus.js';
import { Envelope } from './envelope.js';
import { generateKey } from './key-material.js';
import { NextKeyTooYoung } from './keys.errors.js';
import { seal } from './sealed-key.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** Nobody called: the installation does this by itself. */
export const BY_ITSELF: Actor = { origin: { ip: '', userAgent: '', requestId: 'key-rotation' } };

/**
 * How one signing key follows another: next, active, retired, removed. Every change takes one lock first,
 * so two replicas cannot both rotate, and is told to all replicas by their poll. Its moments are by the
 * database's clock: a replica whose own is ahead would remove a key that others' tokens still need.
 */
@Injectable()
export class KeySuccession {
  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly bus: RevocationBus,
    private readonly envelope: Envelope,
    private readonly audit: AuditService,
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Keeps other changes of the keys waiting; the other replicas are told of this one when it is committed. */
  async lock(): Promise<void> {
    await this.keys.lock();
    this.database.afterCommit(() => {
      this.bus.announce({ keys: true });
    });
  }

  /** The key that signs and the one after it; none on an empty database. */
  async inSlots() {
    const rows = await this.keys.usable();
    const inSlot = (slot: SigningKey['activeSlot']) =>
      rows.find(({ activeSlot }) => activeSlot === slot);
    return { active: inSlot('active'), next: inSlot('next') };
  }

  /** The two keys that are there from the first start on. */
  async current(): Promise<{ readonly active: SigningKey; readonly next: SigningKey }> {
    const { active, next } = await this.inSlots();
    if (active === undefined || next === undefined)
      throw new Error('The active or the next signing key is missing');
    return { active, next };
  }

  /** When a next key may sign: everybody who keeps the key set has read it anew by then. */
  signsFrom({ createdAt }: Pick<SigningKey, 'createdAt'>): number {
    const { jwksMaxAge, revocationMaxStaleness, clockLeeway } = this.settings;
    return createdAt + jwksMaxAge + revocationMaxStaleness + clockLeeway;
  }

  /** A new key, made before the transaction, for RSA takes a second. */
  async draft(): Promise<SigningKey> {
    const key = await generateKey(this.settings.signingAlgorithm);
    return {
      ...seal(key, this.envelope),
      activeSlot: null,
      createdAt: await this.database.now(),
      activatedAt: null,
      retiredAt: null,
      removedAt: null,
      compromisedAt: null,
    };
  }

  /** Rotates, unless somebody else has replaced that key meanwhile. @throws NextKeyTooYoung */
  async replace(actor: Actor, kid: string): Promise<SigningKey> {
    const successor = await this.draft();
    return this.database.transaction(async () => {
      await this.lock();
      const { active, next } = await this.current();
      if (active.kid !== kid) return active;
      const now = await this.database.now();
      const remaining = this.signsFrom(next) - now;
      if (remaining > 0) throw new NextKeyTooYoung(remaining);
      await this.keys.update(kid, { activeSlot: null, retiredAt: now });
      await this.audit.record(actor, {
        action: 'key.rotated',
        target: { type: 'key', id: next.kid },
        detail: { retired: kid },
      });
      return this.promote(next, successor);
    });
  }

  /** Lets the next key sign and puts the successor in its place. Needs a transaction with the lock. */
  async promote(next: SigningKey, successor: SigningKey): Promise<SigningKey> {
    const change = { activeSlot: 'active', activatedAt: await this.database.now() } as const;
    await this.keys.update(next.kid, change);
    await this.add(successor, 'next');
    return { ...next, ...change };
  }

  /** Puts a drafted key where it signs, or where it waits to. Needs a transaction with the lock. */
  async add(draft: SigningKey, slot: 'active' | 'next'): Promise<void> {
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

  /** Ends a key for good; its private part is forgotten. Needs a transaction with the lock. */
  async remove(actor: Actor, kid: string): Promise<void> {
    const removedAt = await this.database.now();
    await this.keys.update(kid, { activeSlot: null, removedAt, sealedPrivateKey: '' });
    await this.audit.record(actor, { action: 'key.removed', target: { type: 'key', id: kid } });
  }
}
