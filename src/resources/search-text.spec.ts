import { describe, expect, it } from '@jest/globals';
import { searchTextOf, searchable } from './search-text.js';

describe('search texts', () => {
  it('have one form for upper and lower case, full and half width', () => {
    expect(searchable('\uff22illing \u00c4PI')).toBe('billing \u00e4pi');
  });

  it('keep fields apart', () => {
    const text = searchTextOf({ identifier: 'urn:example:a', name: 'B', description: 'c' });
    expect(text).toBe('urn:example:a\nb\nc');
  });

  it('fit the column, however much the normal form grows, and are never cut within a character', () => {
    const description = '\ufdfa'.repeat(1024); // 18 characters each
    expect(searchTextOf({ identifier: 'urn:example:a', name: 'b', description }).length).toBe(1536);
    const foxes = searchTextOf({
      identifier: 'a',
      name: '\ud83e\udd8a'.repeat(1600),
      description: '',
    });
    expect(Array.from(foxes)).toHaveLength(1536);
    expect(foxes.isWellFormed()).toBe(true);
  });
});
