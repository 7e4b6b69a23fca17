import { describe, expect, it } from '@jest/globals';
import { selectClaims } from './select-claims.js';

const CLAIMS = { team: 'billing', cost_centre: 7, projects: ['a', 'b'] };

describe('the claims that a resource wants to see', () => {
  it('are all of them when it names none', () => {
    expect(selectClaims(CLAIMS, null)).toEqual(CLAIMS);
  });

  it('are those that it names and that there are', () => {
    expect(selectClaims(CLAIMS, ['projects', 'team', 'absent'])).toEqual({
      team: 'billing',
      projects: ['a', 'b'],
    });
  });

  it('are none when it names nothing', () => {
    expect(selectClaims(CLAIMS, [])).toEqual({});
  });

  it('come from the user, not from the prototype of an object', () => {
    expect(Object.keys(selectClaims(CLAIMS, ['toString', '__proto__', 'constructor']))).toEqual([]);
    const own = JSON.parse('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    const selected = selectClaims(own, ['__proto__']) as { admin?: boolean };
    expect(selected.admin).toBeUndefined(); // an own member, as it came, and no new prototype
    expect(Object.keys(selected)).toEqual(['__proto__']);
  });
});
