import { describe, expect, it } from '@jest/globals';
import { InvalidScope, InvalidTarget } from '../oauth.errors.js';
import { granted, requestedScope, requestedTarget } from './requested.js';
import { lifetimeUntil } from './resource-tokens.service.js';

describe('a requested scope', () => {
  it('is a set of words, or nothing', () => {
    expect(requestedScope({})).toBeUndefined();
    expect(requestedScope({ scope: 'read write read' })).toEqual(new Set(['read', 'write']));
    expect(requestedScope({ scope: '!#[]~:/' })).toEqual(new Set(['!#[]~:/']));
  });

  it.each([' read', 'read ', 'read  write', 'a"b', 'a\\b', 'é', 'a\tb', 'a\nb', 'a\0b', ' '])(
    'is refused for %j (RFC 6749 3.3)',
    (scope) => {
      expect(() => requestedScope({ scope })).toThrow(InvalidScope);
    },
  );

  it('takes time in proportion to its length', () => {
    const started = performance.now();
    expect(() => requestedScope({ scope: `${'a '.repeat(100_000)}"` })).toThrow(InvalidScope);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('what is granted', () => {
  it('is everything when nothing was asked for, be it nothing', () => {
    expect(granted(['read', 'write'], undefined)).toEqual(['read', 'write']);
    expect(granted([], undefined)).toEqual([]);
  });

  it('is what was asked for and is there, in the order of what is there', () => {
    expect(granted(['read', 'write', 'deploy'], new Set(['deploy', 'tea', 'read']))).toEqual([
      'read',
      'deploy',
    ]);
  });

  it('is refused when that is nothing', () => {
    expect(() => granted(['read'], new Set(['tea', 'READ']))).toThrow(InvalidScope);
    expect(() => granted([], new Set(['read']))).toThrow(InvalidScope);
  });
});

describe('a requested target', () => {
  const ask = (resource: string[], audience: string[] = []) =>
    requestedTarget({ resource, audience });

  it('is one, by whichever name and however often', () => {
    expect(ask([])).toBeUndefined();
    expect(ask(['urn:a'])).toBe('urn:a');
    expect(ask([], ['urn:a'])).toBe('urn:a');
    expect(ask(['urn:a', 'urn:a'], ['urn:a'])).toBe('urn:a');
  });

  it.each([
    [['urn:a', 'urn:b'], []],
    [['urn:a'], ['urn:b']],
    [[], ['urn:a', 'urn:A']],
  ])('is refused when it is several: %j %j', (resource, audience) => {
    expect(() => ask(resource, audience)).toThrow(InvalidTarget);
  });
});

describe('a lifetime', () => {
  /** What the claims make of it (mint.ts). */
  const expOf = (asOf: number, lifetime: number) =>
    Math.floor(asOf / 1000) + Math.floor(lifetime / 1000);

  it('ends by each of the ends, whatever the fractions of seconds', () => {
    for (const asOf of [10_000, 10_001, 10_999]) {
      for (const end of [15_000, 15_001, 15_999]) {
        const exp = expOf(asOf, lifetimeUntil(asOf, [99_000, end], 60_000));
        expect(exp * 1000).toBeLessThanOrEqual(end);
        expect(exp).toBe(15);
      }
    }
  });

  it('is as long as it may be when nothing ends before', () => {
    expect(lifetimeUntil(10_500, [], 60_000)).toBe(60_000);
    expect(lifetimeUntil(10_500, [90_000], 60_000)).toBe(60_000);
  });

  it('is less than a second when there is none left', () => {
    expect(lifetimeUntil(10_500, [10_999], 60_000)).toBeLessThan(1000);
    expect(lifetimeUntil(10_500, [9_000], 60_000)).toBeLessThan(1000);
  });
});
