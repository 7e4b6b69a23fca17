import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Database } from '../platform/database/database.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../revocation/rehearsal/rehearsals.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import type { Page, PageQuery } from '../platform/http/pagination.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { KeyRing } from './key-ring.js';
import { KeySuccession } from './key-succession.js';
import { KeyIsOver, KeyNotFound } from './keys.errors.js';
import { stateOf } from './signing-key.entity.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** The name of the list in its cursors. */
const LIST = 'keys';

/** What a key that was compromised took with it. */
export interface CompromiseReceipt {
  readonly key: SigningKey;
  /** The revision of the revocation. */
  readonly revision: number;
}

/** What people do with signing keys; what is due by time is done by `KeyMaintenance`. */
@Injectable()
export class KeysService {
  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly succession: KeySuccession,
    private readonly ring: KeyRing,
    private readonly revocations: RevocationService,
    private readonly rehearsals: Rehearsals,
    private readonly audit: AuditService,
    private readonly database: Database,
  ) {}

  /** The newest first, those that are over among them: one a rotation. @throws InvalidCursor */
  async list({ limit = PAGE_DEFAULT, cursor }: PageQuery): Promise<Page<SigningKey>> {
    const after = cursor === undefined ? undefined : decodeCursor(LIST, cursor);
    return toPage(
      LIST,
      await this.keys.list(limit + 1, after),
      limit,
      (key) => ({ at: key.createdAt, id: key.kid }),
      (key) => key,
    );
  }

  /** A key that is or was; null when it never was. */
  find(kid: string): Promise<SigningKey | null> {
    return this.keys.find(kid);
  }

  /**
   * Lets the next key sign; the one that signed goes on verifying until its last token has expired.
   *
   * @returns the key that signs now.
   * @throws NextKeyTooYoung
   */
  async rotate(actor: Actor): Promise<SigningKey> {
    const { active } = await this.succession.current();
    const signing = await this.succession.replace(actor, active.kid);
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
    const successor = await this.succession.draft();
    const revision = await this.endForGood(actor, kid, successor);
    await this.ring.load();
    const key = await this.keys.find(kid);
    if (key === null) throw new KeyNotFound();
    return { key, revision };
  }

  /** What `compromise` would touch; throws what it throws. */
  async impactOfCompromise(actor: Actor, kid: string): Promise<Impact> {
    const successor = await this.succession.draft();
    return this.rehearsals.impactOf(() => this.endForGood(actor, kid, successor));
  }

  /** Two new keys for `replaceAll`, made before its transaction. */
  draftBoth(): Promise<readonly [SigningKey, SigningKey]> {
    return Promise.all([this.succession.draft(), this.succession.draft()]);
  }

  /**
   * Removes every key, so that no token of before is taken, and has the first of the new ones sign. Needs a
   * transaction; replicas follow within the bound. What was published of them is for the caller to revoke.
   *
   * @returns the keys that were in use, and every one that ever was: what was known of their compromise is lost.
   */
  async replaceAll(
    actor: Actor,
    [first, second]: readonly SigningKey[],
  ): Promise<{ readonly used: number; readonly kids: readonly string[] }> {
    if (first === undefined || second === undefined) throw new Error('Two keys are needed');
    await this.succession.lock();
    const kids = await this.keys.kids();
    const usable = await this.keys.usable();
    for (const { kid } of usable) await this.succession.remove(actor, kid);
    await this.succession.add(first, 'active');
    await this.succession.add(second, 'next');
    return { used: usable.length, kids };
  }

  /** All of a compromise that is in the database. Returns the revision of the revocation. */
  private endForGood(actor: Actor, kid: string, successor: SigningKey): Promise<number> {
    return this.database.transaction(async () => {
      await this.succession.lock();
      const key = await this.keys.find(kid);
      if (key === null) throw new KeyNotFound();
      const state = stateOf(key);
      // One that was removed may still be in the memory of those who never hear of that.
      if (state === 'compromised') throw new KeyIsOver();
      const { next } = await this.succession.current();
      await this.keys.update(kid, {
        activeSlot: null,
        compromisedAt: await this.database.now(),
        sealedPrivateKey: '',
      });
      if (state === 'active') await this.succession.promote(next, successor);
      if (state === 'next') await this.succession.add(successor, 'next');
      await this.audit.record(actor, {
        action: 'key.compromised',
        target: { type: 'key', id: kid },
        detail: { state, ...(state === 'active' ? { promoted: next.kid } : {}) },
      });
      return this.revocations.revoke(actor, 'key_compromised', [{ kind: 'key', subject: kid }]);
    });
  }
}
