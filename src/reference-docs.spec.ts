import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { referencePages } from './reference-docs.js';

describe('the generated pages', () => {
  it.each(Object.entries(referencePages()))(
    '%s says what the code says; else run `npm run docs`',
    (file, text) => {
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );
});
