import { describe, expect, it } from '@jest/globals';
import { RevocationIndex } from './revocation-index.js';
import type { IndexedRevocation } from './revocation-index.js';

const TOKEN = { jti: 'jti-1', sid: 'sid-1', sub: 'sub-1', kid: 'kid-1', ver: 5 };
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

describe('the index of revocations', () => {
  it('takes a token by its id, its session, its principal or its key', () => {
    expect(indexOf().find(TOKEN)).toBeUndefined();
    expect(indexOf(of('token', 'jti-1')).find(TOKEN)).toBe('token');
    expect(indexOf(of('session', 'sid-1')).find(TOKEN)).toBe('session');
    expect(indexOf(of('principal', 'sub-1', 6)).find(TOKEN)).toBe('principal');
    expect(indexOf(of('key', 'kid-1')).find(TOKEN)).toBe('key');
  });

  it('never takes one kind of id for another', () => {
    const crossed = indexOf(
      of('token', 'sid-1'),
      of('session', 'jti-1'),
      of('principal', 'kid-1', 6),
      of('key', 'sub-1'),
    );
    expect(crossed.find(TOKEN)).toBeUndefined();
  });

  it('compares ids byte for byte', () => {
    const near = ['JTI-1', 'jti-1 ', ' jti-1', 'jti-1\0', 'jti-', '', '__proto__'];
    expect(indexOf(...near.map((id) => of('token', id))).find(TOKEN)).toBeUndefined();
    expect(
      indexOf().find({ ...TOKEN, jti: '__proto__', sid: 'constructor', kid: 'toString' }),
    ).toBeUndefined();
  });

  it('takes of a principal what is older than the least accepted version', () => {
    const index = indexOf(of('principal', 'sub-1', 5));
    expect(index.find({ ...TOKEN, ver: 4 })).toBe('principal');
    expect(index.find({ ...TOKEN, ver: 5 })).toBeUndefined();
    expect(index.find({ ...TOKEN, ver: 6 })).toBeUndefined();
  });

  it('ends in the same state in every order, and however often it is told', () => {
    const told = [
      of('principal', 'sub-1', 3, 3000),
      of('principal', 'sub-1', 5, 1000),
      of('principal', 'sub-1', 4, 2000),
      of('token', 'jti-1', null, 500),
      of('token', 'jti-1', null, 1500),
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
      index.sweep(1500); // a revocation told once more with an earlier end is kept as long as the longest
      expect(index.size).toBe(2);
      index.sweep(1501);
      expect(index.size).toBe(1);
      index.sweep(3001);
      expect(index.size).toBe(0);
    }
  });

  it('forgets what has expired, and nothing before that', () => {
    const index = indexOf(
      of('token', 'jti-1'),
      of('session', 'sid-1'),
      of('principal', 'sub-1', 9),
      of('key', 'kid-1'),
    );
    index.sweep(LATER);
    expect(index.size).toBe(4);
    index.sweep(LATER + 1);
    expect(index.size).toBe(0);
    expect(index.find(TOKEN)).toBeUndefined();
  });
});
