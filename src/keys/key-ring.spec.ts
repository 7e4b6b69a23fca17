import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import { Envelope } from './envelope.js';
import { KeyRing, thumbprint } from './key-ring.js';
import type { SigningKey } from './signing-key.entity.js';

/** The table of signing keys, with its unique index on the active one. */
class KeyTable {
  readonly rows: SigningKey[] = [];

  existsBy({ activeSlot }: Pick<SigningKey, 'activeSlot'>): Promise<boolean> {
    return Promise.resolve(this.rows.some((row) => row.activeSlot === activeSlot));
  }

  insert(row: SigningKey): Promise<void> {
    if (this.rows.some((other) => other.activeSlot === row.activeSlot)) {
      return Promise.reject(Object.assign(new Error('Duplicate entry'), { code: 'ER_DUP_ENTRY' }));
    }
    this.rows.push(row);
    return Promise.resolve();
  }

  find(): Promise<readonly SigningKey[]> {
    return Promise.resolve([...this.rows]);
  }
}

const kek = randomBytes(32);

function ringOn(table: KeyTable, envelope = new Envelope(kek)): KeyRing {
  const database = { repository: () => table, transaction: (work: () => Promise<void>) => work() };
  const audit = { record: () => Promise.resolve() };
  // The key ring asks its database for this one repository only, and the audit log for nothing else.
  return new KeyRing(
    database as unknown as Database,
    envelope,
    audit as unknown as AuditService,
    new Clock(),
  );
}

async function loadedRing(table = new KeyTable()): Promise<KeyRing> {
  const ring = ringOn(table);
  await ring.ensureActiveKey();
  await ring.load();
  return ring;
}

describe('thumbprint', () => {
  // The public key of RFC 7515 A.3; the expected value was computed with sha256sum and basenc, not with this code.
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  } as const;
  const expected = 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U';

  it('is that of RFC 7638', () => {
    expect(thumbprint(jwk)).toBe(expected);
  });

  it('depends neither on the order of the members nor on others', () => {
    const { kty, crv, x, y } = jwk;
    const more = { use: 'sig', y, kid: 'any', x, alg: 'ES256', kty, crv } as const;
    expect(thumbprint(more)).toBe(expected);
  });
});

describe('the key ring', () => {
  it('has no active key before it is loaded', () => {
    const ring = ringOn(new KeyTable());
    expect(ring.isLoaded).toBe(false);
    expect(() => ring.active).toThrow('not loaded');
  });

  it('makes a key whose id is its thumbprint and whose halves belong together', async () => {
    const { active, jwks } = await loadedRing();
    const { keys } = JSON.parse(jwks) as {
      keys: [{ kty: 'EC'; crv: string; x: string; y: string }];
    };
    expect(active.kid).toBe(thumbprint(keys[0]));
    const signature = sign('sha256', Buffer.from('text'), active.privateKey);
    const published = createPublicKey({ key: keys[0], format: 'jwk' });
    expect(verify('sha256', Buffer.from('text'), published, signature)).toBe(true);
  });

  it('publishes the public members and no others', async () => {
    const { jwks, active } = await loadedRing();
    expect(JSON.parse(jwks)).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.stringMatching(/^[\w-]{43}$/),
          y: expect.stringMatching(/^[\w-]{43}$/),
          kid: active.kid,
          alg: 'ES256',
          use: 'sig',
        },
      ],
    });
  });

  it('stores the private key only sealed', async () => {
    const table = new KeyTable();
    const { privateKey } = (await loadedRing(table)).active;
    const { d = '' } = privateKey.export({ format: 'jwk' });
    const stored = JSON.stringify(table.rows);
    expect(stored).not.toContain(d);
    expect(stored).not.toContain(Buffer.from(d, 'base64url').toString('hex'));
  });

  it('agrees with other replicas that start on the same empty database', async () => {
    const table = new KeyTable();
    const rings = [ringOn(table), ringOn(table), ringOn(table)];
    await Promise.all(rings.map((ring) => ring.ensureActiveKey()));
    for (const ring of rings) await ring.load();
    expect(table.rows).toHaveLength(1);
    expect(new Set(rings.map((ring) => ring.jwks)).size).toBe(1);
    expect(new Set(rings.map((ring) => ring.active.kid)).size).toBe(1);
  });

  it('finds a key by its exact id and by nothing else', async () => {
    const ring = await loadedRing();
    const { kid } = ring.active;
    expect(ring.find(kid)?.algorithm).toBe('ES256');
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
  });

  it('refuses to start with another key-encryption key', async () => {
    const table = new KeyTable();
    await loadedRing(table);
    await expect(ringOn(table, new Envelope(randomBytes(32))).load()).rejects.toThrow(
      'KEY_ENCRYPTION_KEY',
    );
  });

  it('refuses to start with an algorithm that it does not know', async () => {
    const table = new KeyTable();
    await loadedRing(table);
    table.rows.push(...table.rows.splice(0).map((row) => ({ ...row, algorithm: 'HS256' })));
    await expect(ringOn(table).load()).rejects.toThrow('HS256');
  });
});
