import { describe, expect, it } from '@jest/globals';
import { VerifiedTokenCache } from './verified-token-cache.js';
import type { VerifiedToken } from './verified-token-cache.js';

/** The cache looks at nothing of a token, so its key id is enough to tell one from another. */
const token = (kid: string) => ({ revocable: { kid } }) as VerifiedToken;

/** Asked from the newest on: asking for an old one makes it a young one. */
const remembered = (cache: VerifiedTokenCache, count: number) =>
  Array.from({ length: count }, (_, i) => count - 1 - i).filter(
    (i) => cache.get(`${i}`) !== undefined,
  );

describe('the cache of verified tokens', () => {
  it('remembers under the digest of the whole token', () => {
    const cache = new VerifiedTokenCache();
    cache.put(VerifiedTokenCache.keyOf('a.b.c'), token('1'));
    expect(cache.get(VerifiedTokenCache.keyOf('a.b.c'))).toEqual(token('1'));
    for (const other of ['a.b.d', 'a.b.cc', 'a.b.', 'a.b.C', 'A.b.c']) {
      expect(cache.get(VerifiedTokenCache.keyOf(other))).toBeUndefined();
    }
  });

  it('keeps no token in readable form', () => {
    expect(VerifiedTokenCache.keyOf('header.payload.signature')).toHaveLength(32);
    expect(VerifiedTokenCache.keyOf('header.payload.signature')).not.toContain('payload');
  });

  it('never holds more than two generations, whatever the flood', () => {
    const cache = new VerifiedTokenCache(10);
    for (let i = 0; i < 1000; i++) cache.put(`${i}`, token('1'));
    expect(remembered(cache, 1000).length).toBeLessThanOrEqual(20);
  });

  it('remembers at least one generation of the newest', () => {
    const cache = new VerifiedTokenCache(10);
    for (let i = 0; i < 25; i++) cache.put(`${i}`, token('1'));
    expect(remembered(cache, 25).slice(0, 10)).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
  });

  it('keeps what is in use while a flood passes', () => {
    const cache = new VerifiedTokenCache(10);
    cache.put('used', token('mine'));
    for (let i = 0; i < 100; i++) {
      cache.put(`${i}`, token('1'));
      expect(cache.get('used')).toEqual(token('mine'));
    }
  });

  it('forgets everything when it is cleared', () => {
    const cache = new VerifiedTokenCache(2);
    for (let i = 0; i < 4; i++) cache.put(`${i}`, token('1'));
    cache.clear();
    expect(remembered(cache, 4)).toEqual([]);
  });
});
