import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './request-id.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('requestIdOf', () => {
  it.each(['a', 'trace-1_B', 'x'.repeat(64)])('takes over %j', (id) => {
    expect(requestIdOf({ headers: { 'x-request-id': id } })).toBe(id);
  });

  it.each([
    undefined,
    '',
    'x'.repeat(65),
    'a b',
    'a\r\nSet-Cookie: x=1',
    '<script>',
    'ä',
    '{"a":1}',
    ['a', 'b'],
  ])('makes one of its own instead of %j', (id) => {
    expect(requestIdOf({ headers: { 'x-request-id': id } })).toMatch(UUID);
  });
});
