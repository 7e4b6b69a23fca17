import { describe, expect, it } from '@jest/globals';
import { isResourceIdentifier, isSameAddress } from './identifier.js';

describe('identifiers of resources', () => {
  it.each([
    'https://api.example.com',
    'http://localhost:8080/v1',
    'https://api.example.com/a/b?tenant=7',
    'https://[::1]:8443/',
    'urn:example:billing',
    'urn:uuid:7f1e0b52-6a3c-4b52-9d0e-0d1b3f0c8a11',
    'https://api.example.com/%C3%A4',
    `https://example.com/${'a'.repeat(235)}`,
  ])('take %s', (text) => expect(isResourceIdentifier(text)).toBe(true));

  it.each([
    ['nothing', ''],
    ['no URI', 'billing'],
    ['a relative one', '/billing'],
    ['a fragment', 'https://api.example.com/#a'],
    ['an empty fragment', 'https://api.example.com/#'],
    ['a user', 'https://me@api.example.com/'],
    ['a user and a password', 'https://me:secret@api.example.com/'],
    ['an empty user', 'https://@api.example.com/'],
    ['another scheme', 'ftp://api.example.com/'],
    ['a script', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['a scheme in capitals', 'HTTPS://api.example.com'],
    ['no authority', 'https:api.example.com'],
    ['one slash', 'https:/api.example.com'],
    ['backslashes', 'https:\\\\api.example.com'],
    ['a bad port', 'https://api.example.com:99999'],
    ['letters beyond ASCII', 'https://\u00e4pi.example.com'],
    ['a space', 'https://api.example.com/a b'],
    ['a space at the end', 'https://api.example.com '],
    ['a line break', 'https://api.example.com\n'],
    ['NUL', 'https://api.example.com/\u0000'],
    ['a URN without a name', 'urn:example:'],
    ['a URN without a namespace', 'urn::a'],
    ['256 characters', `https://example.com/${'a'.repeat(236)}`],
  ])('refuse %s', (_, text) => expect(isResourceIdentifier(text)).toBe(false));

  it('refuse what is no text', () => {
    for (const value of [undefined, null, 1, [], ['https://api.example.com'], {}]) {
      expect(isResourceIdentifier(value)).toBe(false);
    }
  });

  it('are compared as addresses where they could be taken for each other', () => {
    expect(isSameAddress('https://signet.example.com', 'https://SIGNET.example.com:443/')).toBe(
      true,
    );
    expect(isSameAddress('https://signet.example.com', 'https://signet.example.com/api')).toBe(
      false,
    );
  });
});
