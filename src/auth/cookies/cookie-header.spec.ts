import { describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { cookieValue } from './cookie-header.js';

const NAME = '__Host-signet_at';
const valueIn = (header: string) => cookieValue(header, NAME);

describe('a cookie in the Cookie header', () => {
  it.each([
    `${NAME}=a.b.c`,
    `${NAME}=a.b.c; other=1`,
    `other=1; ${NAME}=a.b.c`,
    `other=1;${NAME}=a.b.c;more=2`,
    `; ;;  ${NAME}=a.b.c;`,
    `nameless; ${NAME}=a.b.c; =empty`,
  ])('is found wherever it stands: %j', (header) => {
    expect(valueIn(header)).toBe('a.b.c');
  });

  it('has the value that was sent, unchanged', () => {
    expect(valueIn(`${NAME}=`)).toBe('');
    expect(valueIn(`${NAME}=a=b==`)).toBe('a=b==');
    expect(valueIn(`${NAME}="a"`)).toBe('"a"');
    expect(valueIn(`${NAME}=%61`)).toBe('%61');
  });

  // Node reads header bytes as Latin-1: U+2000 in UTF-8 comes as three characters, 0xA0 as U+00A0.
  it.each([
    '',
    'other=1',
    NAME,
    `x${NAME}=evil`,
    `${NAME}x=evil`,
    `${NAME} =evil`,
    `${NAME}\t=evil`,
    `\t${NAME}=evil`,
    `\u00a0${NAME}=evil`,
    `\u2000${NAME}=evil`,
    `\ufeff${NAME}=evil`,
    `\u00e2\u0080\u0080${NAME}=evil`,
    `${NAME.toLowerCase()}=evil`,
    `${NAME.toUpperCase()}=evil`,
    `other=${NAME}=evil`,
    `other=1,${NAME}=evil`,
    `__Secure-signet_at=evil`,
    `%5F%5FHost-signet_at=evil`,
  ])('is nothing whose name differs by a byte: %j', (header) => {
    expect(valueIn(header)).toBeUndefined();
    expect(valueIn(`${header}; ${NAME}=a.b.c`)).toBe('a.b.c');
    expect(valueIn(`${NAME}=a.b.c; ${header}`)).toBe('a.b.c');
  });

  it('is sent once: of two nobody can say which counts', () => {
    for (const twice of [
      `${NAME}=a.b.c; ${NAME}=evil`,
      `${NAME}=a.b.c; x=1; ${NAME}=a.b.c`,
      `${NAME}=;${NAME}=a.b.c`,
    ]) {
      expect(() => valueIn(twice)).toThrow(AmbiguousCredentials);
    }
  });

  it('is found in time that grows with the length of the header only', () => {
    const began = performance.now();
    for (const filler of ['a=1; ', ';', ' ', `${NAME}x=1;`, '=;']) {
      expect(valueIn(`${filler.repeat(100_000)}; ${NAME}=a.b.c`)).toBe('a.b.c');
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
