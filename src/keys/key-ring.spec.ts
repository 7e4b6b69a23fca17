import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WatchDatabase } from '../platform/database/database.js';
import { Envelope } from './envelope.js';
import { generateKey } from './key-material.js';
import { KeyRing } from './key-ring.js';
import { seal } from './sealed-key.js';
import type { SigningKey } from './signing-key.entity.js';

const envelope = new Envelope(randomBytes(32));
const MOMENTS = { activatedAt: null, retiredAt: null, removedAt: null, compromisedAt: null };

async function row(changes: Partial<SigningKey>): Promise<SigningKey> {
  const key = await generateKey('ES256');
  return { ...seal(key, envelope), activeSlot: null, createdAt: 1, ...MOMENTS, ...changes };
}

/** The table of signing keys, as far as the ring asks it. Each question can be held up. */
class KeyTable {
  rows: SigningKey[] = [];
  hold: Promise<void> = Promise.resolve();
  asked = 0;

  async find(): Promise<readonly SigningKey[]> {
    this.asked++;
    const seen = this.rows.filter((key) => key.removedAt === null && key.compromisedAt === null);
    await this.hold;
    return seen;
  }
}

const ringOn = (table: KeyTable, with_ = envelope) =>
  // The ring asks its database for this one repository only.
  new KeyRing({ repository: () => table } as unknown as WatchDatabase, with_);

const kidsOf = (ring: KeyRing) =>
  (JSON.parse(ring.jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('the key ring', () => {
  const table = new KeyTable();
  let active: SigningKey;
  let next: SigningKey;
  let retired: SigningKey;
  let ring: KeyRing;

  beforeEach(async () => {
    active = await row({ activeSlot: 'active', activatedAt: 2 });
    next = await row({ activeSlot: 'next', createdAt: 3 });
    retired = await row({ activatedAt: 1, retiredAt: 2, createdAt: 0 });
    table.rows = [retired, active, next];
    ring = ringOn(table);
    await ring.load();
  });

  it('has no active key before it is loaded', () => {
    const empty = ringOn(new KeyTable());
    expect(empty.isLoaded).toBe(false);
    expect(() => empty.active).toThrow('not loaded');
    expect(empty.jwks).toBe('{"keys":[]}');
  });

  it('signs with the active key and verifies with the next and the retired ones, too', () => {
    expect(ring.active.kid).toBe(active.kid);
    for (const { kid } of [active, next, retired]) expect(ring.find(kid)?.kid).toBe(kid);
  });

  it('publishes the key that signs first', () => {
    expect(kidsOf(ring)).toEqual([active.kid, next.kid, retired.kid]);
  });

  it('knows nothing of a key that was removed or compromised since', async () => {
    const before = ring.generation;
    table.rows = [
      { ...retired, removedAt: 5 },
      { ...active, compromisedAt: 5, activeSlot: null },
      { ...next, activeSlot: 'active' },
    ];
    await ring.load();
    expect(kidsOf(ring)).toEqual([next.kid]);
    expect(ring.find(retired.kid)).toBeUndefined();
    expect(ring.find(active.kid)).toBeUndefined();
    expect(ring.active.kid).toBe(next.kid);
    expect(ring.generation).toBeGreaterThan(before);
  });

  it('keeps the key objects of keys that stay', async () => {
    const key = ring.find(active.kid);
    await ring.load();
    expect(ring.find(active.kid)).toBe(key);
  });

  it('never lets what was read earlier replace what was read later', async () => {
    let release!: () => void; // assigned at once
    table.hold = new Promise((resolve) => (release = resolve));
    const slow = ring.load();
    await new Promise(setImmediate);
    table.hold = Promise.resolve();
    table.rows = [{ ...next, activeSlot: 'active' }];
    const fast = ring.load();
    release();
    await Promise.all([slow, fast]);
    expect(kidsOf(ring)).toEqual([next.kid]);
  });

  it('asks nobody for a key that it does not know, and takes no id for another', () => {
    const asked = table.asked;
    const { kid } = active;
    const others = [
      '',
      ` ${kid}`,
      kid.toLowerCase(),
      `${kid}\0`,
      '__proto__',
      'constructor',
      'toString',
      '../../etc/passwd',
    ];
    for (const other of others) expect(ring.find(other)).toBeUndefined();
    expect(table.asked).toBe(asked);
  });

  it('refuses to start with another key-encryption key', async () => {
    const other = ringOn(table, new Envelope(randomBytes(32)));
    await expect(other.load()).rejects.toThrow('KEY_ENCRYPTION_KEY');
    expect(other.isLoaded).toBe(false);
  });

  it('refuses to start with an algorithm that it does not know', async () => {
    table.rows = [{ ...active, algorithm: 'none' }];
    await expect(ringOn(table).load()).rejects.toThrow('none');
  });

  it('holds nothing of the private key that is not sealed', () => {
    const { d = '' } = ring.active.privateKey.export({ format: 'jwk' });
    const stored = JSON.stringify(table.rows);
    expect(stored).not.toContain(d);
    expect(stored).not.toContain(Buffer.from(d, 'base64url').toString('hex'));
  });
});
