import { describe, expect, it } from '@jest/globals';
import { LABEL_FILTER_PATTERN, LABEL_NAME_PATTERN, parseLabelFilter } from './labels.js';

describe('labels', () => {
  it.each(['team', 'app.example.com/tier', 'a', `a${'b'.repeat(62)}`])(
    'may be called %s',
    (name) => {
      expect(LABEL_NAME_PATTERN.test(name)).toBe(true);
      expect(LABEL_FILTER_PATTERN.test(name)).toBe(true);
    },
  );

  it.each(['', 'Team', '1', 'a b', 'a:b', '__proto__', `a${'b'.repeat(63)}`])(
    'may not be called %j',
    (name) => {
      expect(LABEL_NAME_PATTERN.test(name)).toBe(false);
    },
  );

  it('are looked for by name, or by name and value', () => {
    expect(parseLabelFilter('team')).toEqual({ name: 'team' });
    expect(parseLabelFilter('team:billing')).toEqual({ name: 'team', value: 'billing' });
    expect(parseLabelFilter('team:')).toEqual({ name: 'team', value: '' });
    expect(parseLabelFilter('docs:https://example.com')).toEqual({
      name: 'docs',
      value: 'https://example.com',
    });
  });
});
