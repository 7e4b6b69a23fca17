import { describe, expect, it } from '@jest/globals';
import { isCsrfTokenOf, makeCsrfToken } from './csrf-token.js';

const KEY = Buffer.alloc(32, 7);
const SESSION = '0b0c8d0c-6a9f-4d0e-9e55-0d8f1d3a7a11';

describe('a CSRF token', () => {
  it('belongs to its session', () => {
    expect(isCsrfTokenOf(SESSION, makeCsrfToken(SESSION, KEY), KEY)).toBe(true);
  });

  it('is another one each time', () => {
    expect(makeCsrfToken(SESSION, KEY)).not.toBe(makeCsrfToken(SESSION, KEY));
  });

  it('is none of another session, or of another key', () => {
    const token = makeCsrfToken(SESSION, KEY);
    expect(isCsrfTokenOf(SESSION.replace('0b', '1b'), token, KEY)).toBe(false);
    expect(isCsrfTokenOf(SESSION, token, Buffer.alloc(32, 8))).toBe(false);
    expect(isCsrfTokenOf(SESSION, makeCsrfToken('', KEY), KEY)).toBe(false);
  });

  it('cannot be put together from parts of others', () => {
    const [random = ''] = makeCsrfToken(SESSION, KEY).split('.');
    const [, mac = ''] = makeCsrfToken(SESSION, KEY).split('.');
    const mixed = `${random}.${mac}`;
    expect(isCsrfTokenOf(SESSION, mixed, KEY)).toBe(false);
  });

  it('has one form only', () => {
    const token = makeCsrfToken(SESSION, KEY);
    for (const other of [
      '',
      '.',
      'x',
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${token}=`,
      `"${token}"`,
      token.replace('.', ''),
      token.slice(0, -1),
      `${token}, ${token}`,
      'a'.repeat(100_000),
    ]) {
      expect(isCsrfTokenOf(SESSION, other, KEY)).toBe(false);
    }
  });
});
