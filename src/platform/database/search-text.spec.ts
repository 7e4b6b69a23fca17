import { describe, expect, it } from '@jest/globals';
import { searchTextOf, searchable } from './search-text.js';

describe('search texts', () => {
  it('have one form for upper and lower case, full and half width', () => {
    expect(searchable('\uff22illing \u00c4PI')).toBe('billing \u00e4pi');
  });

  it('keep fields apart', () => {
    const text = searchTextOf(['urn:example:a', 'B', 'c'], 1536);
    expect(text).toBe('urn:example:a\nb\nc');
  });

  it('fit the column, however much the normal form grows, and are never cut within a character', () => {
    const description = '\ufdfa'.repeat(1024); // 18 characters each
    expect(searchTextOf(['urn:example:a', 'b', description], 1536).length).toBe(1536);
    const foxes = searchTextOf(['a', '\ud83e\udd8a'.repeat(1600), ''], 1536);
    expect(Array.from(foxes)).toHaveLength(1536);
    expect(foxes.isWellFormed()).toBe(true);
  });
});
