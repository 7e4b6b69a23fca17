import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formatRefreshToken, isGenuine, parseRefreshToken } from './refresh-token.js';

const CLAIM = { sessionId: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d', generation: 12 };
const SALT = randomBytes(16).toString('base64url');
const key = randomBytes(32);
const token = formatRefreshToken(CLAIM, SALT, key);

/** Whether a text is a refresh token of ours. */
function accepts(text: string, salt = SALT, serverKey = key): boolean {
  const presented = parseRefreshToken(text);
  return presented !== undefined && isGenuine(presented, salt, serverKey);
}

describe('a refresh token', () => {
  it('names its session and generation, and can be computed again', () => {
    expect(parseRefreshToken(token)).toMatchObject(CLAIM);
    expect(accepts(token)).toBe(true);
    expect(formatRefreshToken(CLAIM, SALT, key)).toBe(token);
  });

  it('fits into what a refresh request may send', () => {
    expect(
      formatRefreshToken({ ...CLAIM, generation: 999_999_999 }, SALT, key).length,
    ).toBeLessThanOrEqual(128);
  });

  it('is bound to the session, the generation, the salt and the server key', () => {
    const [sessionId = '', generation = '', mac = ''] = token.split('.');
    expect(accepts(`${sessionId.replace('0d', '0e')}.${generation}.${mac}`)).toBe(false);
    for (const other of ['11', '13', '1', '2'])
      expect(accepts(`${sessionId}.${other}.${mac}`)).toBe(false);
    expect(accepts(token, randomBytes(16).toString('base64url'))).toBe(false);
    expect(accepts(token, SALT, randomBytes(32))).toBe(false);
  });

  it('has a MAC in which no character may differ', () => {
    const start = token.lastIndexOf('.') + 1;
    for (let at = start; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(accepts(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
    }
  });

  it.each([
    '',
    'garbage',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
    token.toUpperCase(),
    token.replace('.12.', '.012.'),
    token.replace('.12.', '.0.'),
    token.replace('.12.', '.-1.'),
    token.replace('.12.', '.1e1.'),
    token.replace('.12.', '.1234567890.'),
    token.replace('.12.', '..'),
    token.replace('0d7c5b1a', "' OR 1=1"),
    `eyJhbGciOiJFUzI1NiJ9.e30.${'A'.repeat(86)}`,
  ])('has one form, and %j has not', (text) => {
    expect(parseRefreshToken(text)).toBeUndefined();
  });
});
