import { describe, expect, it } from '@jest/globals';
import { RevocationIndex } from './revocation-index.js';
import type { IndexedRevocation } from './revocation-index.js';

/** Ids as they are issued, and ids that only a test has: they are kept in different ways. */
const ISSUED = {
  jti: 'AAECAwQFBgcICQoLDA0ODw',
  sid: '5f1c0c3e-8f4e-4f53-9a34-0d9a3f3c7c11',
  sub: '7a0e2b56-3a55-4ad1-8d57-7d1b5f7f0f22',
  kid: 'kid-1',
  ver: 5,
};
const OTHER = { jti: 'jti-1', sid: 'sid-1', sub: 'sub-1', kid: 'kid-1', ver: 5 };
const LATER = 10_000;

const of = (
  kind: IndexedRevocation['kind'],
  subject: string,
  minVersion: number | null = null,
  expiresAt = LATER,
) => ({
  kind,
  subject,
  minVersion,
  expiresAt,
});

function indexOf(...revocations: readonly IndexedRevocation[]): RevocationIndex {
  const index = new RevocationIndex();
  for (const revocation of revocations) index.add(revocation);
  return index;
}

/** A whole round of sweeps. */
function sweep(index: RevocationIndex, now: number): void {
  for (let i = 0; i < 8; i++) index.sweep(now);
}

describe.each([
  ['as they are issued', ISSUED],
  ['of any other form', OTHER],
])('the index of revocations, of ids %s', (_, TOKEN) => {
  const { jti, sid, sub, kid } = TOKEN;
  it('takes a token by its id, its session, its credential, its principal or its key', () => {
    expect(indexOf().find(TOKEN)).toBeUndefined();
    expect(indexOf(of('token', jti)).find(TOKEN)).toBe('token');
    expect(indexOf(of('session', sid)).find(TOKEN)).toBe('session');
    expect(indexOf(of('credential', sid)).find(TOKEN)).toBe('credential');
    expect(indexOf(of('principal', sub, 6)).find(TOKEN)).toBe('principal');
    expect(indexOf(of('key', kid)).find(TOKEN)).toBe('key');
  });

  it('lists what is revoked by its name, with the newest version of each principal', () => {
    expect(indexOf().named()).toEqual({ keys: [], principals: [], tokens: [], credentials: [] });
    const index = indexOf(
      of('token', jti),
      of('session', 'another'),
      of('credential', sid),
      of('principal', sub, 6),
      of('principal', sub, 5),
      of('key', kid),
    );
    expect(index.named()).toEqual({
      keys: [kid],
      principals: [[sub, 6]],
      tokens: [jti],
      credentials: [sid],
    });
    sweep(index, LATER + 1000);
    expect(index.named().principals).toEqual([]);
  });

  it('takes a token by whoever acts in it', () => {
    const delegated = { ...TOKEN, jti: 'another', sid: 'another', sub: 'another', act: TOKEN };
    expect(indexOf().find(delegated)).toBeUndefined();
    expect(indexOf(of('credential', sid)).find(delegated)).toBe('credential');
    expect(indexOf(of('principal', sub, 6)).find(delegated)).toBe('principal');
  });

  it('never takes one kind of id for another', () => {
    const crossed = indexOf(
      of('token', sid),
      of('session', jti),
      of('credential', sub),
      of('principal', kid, 6),
      of('key', sub),
    );
    expect(crossed.find(TOKEN)).toBeUndefined();
  });

  it('compares ids byte for byte', () => {
    const near = [
      jti.toUpperCase(),
      `${jti} `,
      ` ${jti}`,
      `${jti}\0`,
      jti.slice(0, -1),
      '',
      '__proto__',
    ];
    expect(indexOf(...near.map((id) => of('token', id))).find(TOKEN)).toBeUndefined();
    expect(indexOf(of('session', sid.toUpperCase())).find(TOKEN)).toBeUndefined();
    expect(
      indexOf().find({ ...TOKEN, jti: '__proto__', sid: 'constructor', kid: 'toString' }),
    ).toBeUndefined();
  });

  it('takes of a principal what is older than the least accepted version', () => {
    const index = indexOf(of('principal', sub, 5));
    expect(index.find({ ...TOKEN, ver: 4 })).toBe('principal');
    expect(index.find({ ...TOKEN, ver: 5 })).toBeUndefined();
    expect(index.find({ ...TOKEN, ver: 6 })).toBeUndefined();
  });

  it('refuses a version that it cannot hold, rather than to hold a smaller one', () => {
    const index = indexOf(of('principal', sub, 2 ** 32 - 1));
    expect(index.find({ ...TOKEN, ver: 2 ** 32 - 2 })).toBe('principal');
    for (const version of [2 ** 32, -1, NaN]) {
      expect(() => indexOf(of('principal', sub, version))).toThrow(RangeError);
    }
  });

  it('ends in the same state in every order, and however often it is told', () => {
    const told = [
      of('principal', sub, 3, 3000),
      of('principal', sub, 5, 1000),
      of('principal', sub, 4, 2000),
      of('token', jti, null, 500),
      of('token', jti, null, 2000),
    ];
    const orders = [
      told,
      told.toReversed(),
      [...told, ...told],
      told.toSorted((a, b) => a.expiresAt - b.expiresAt),
    ];
    for (const order of orders) {
      const index = indexOf(...order);
      expect(index.size).toBe(2);
      expect(index.find({ ...TOKEN, jti: 'other', ver: 4 })).toBe('principal');
      expect(index.find({ ...TOKEN, jti: 'other', ver: 5 })).toBeUndefined();
      sweep(index, 2000); // a revocation told once more with an earlier end is kept as long as the longest
      expect(index.size).toBe(2);
      sweep(index, 2001);
      expect(index.size).toBe(1);
      sweep(index, 3001);
      expect(index.size).toBe(0);
    }
  });

  it('forgets what has expired, and nothing before that', () => {
    const index = indexOf(
      of('token', jti),
      of('session', sid),
      of('principal', sub, 9),
      of('key', kid),
    );
    expect(index.bytes).toBeGreaterThan(0);
    sweep(index, LATER);
    expect(index.size).toBe(4);
    sweep(index, LATER + 1);
    expect(index.size).toBe(0);
    expect(index.bytes).toBe(0);
    expect(index.find(TOKEN)).toBeUndefined();
  });
});
