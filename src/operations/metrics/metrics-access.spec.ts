import { describe, expect, it } from '@jest/globals';
import { isFromHere } from './metrics-access.js';

describe('isFromHere', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('knows %s', (peer) => {
    expect(isFromHere(peer, {})).toBe(true);
  });

  it.each([
    undefined,
    '',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.0.0.1.evil.test',
    'x127.0.0.1',
    '::11',
    '::',
  ])('does not take %s for this machine', (peer) => {
    expect(isFromHere(peer, {})).toBe(false);
  });

  it.each(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])(
    'does not take a proxy that says %s for whom it asks for',
    (name) => {
      expect(isFromHere('127.0.0.1', { [name]: '127.0.0.1' })).toBe(false);
    },
  );
});
