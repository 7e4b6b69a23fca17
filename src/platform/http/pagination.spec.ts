import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, toPage } from './pagination.js';
import type { Position } from './pagination.js';
import { InvalidCursor } from './problems.js';

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it.each<Position>([
    { at: 1_800_000_000_000, id: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d' },
    { at: 0, id: '' },
    { at: -1, id: 'ä 🦊 "\\' },
  ])('leads back to its place: %j', (position) => {
    expect(decodeCursor('users', encodeCursor('users', position))).toEqual(position);
  });

  it('stays below what a request may carry as one', () => {
    expect(
      encodeCursor('service-accounts', { at: Number.MAX_SAFE_INTEGER, id: 'x'.repeat(64) }).length,
    ).toBeLessThan(512);
  });

  it('is good for its own list only', () => {
    const cursor = encodeCursor('users', { at: 1, id: 'a' });
    for (const list of ['roles', 'Users', '', 'user'])
      expect(() => decodeCursor(list, cursor)).toThrow(InvalidCursor);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['text', 'users'],
    ['null', null],
    ['an object', { 0: 'users', 1: 1, 2: 'a', length: 3 }],
    ['too little', ['users', 1]],
    ['too much', ['users', 1, 'a', 'b']],
    ['a number as text', ['users', '1', 'a']],
    ['a fraction', ['users', 1.5, 'a']],
    ['a number beyond arithmetic', ['users', 2 ** 53, 'a']],
    ['no number', ['users', null, 'a']],
    ['an object for the database', ['users', { $gt: 0 }, 'a']],
    ['a list as id', ['users', 1, ['a']]],
    ['a number as id', ['users', 1, 1]],
    ['an id of any length', ['users', 1, 'a'.repeat(65)]],
    ['half a list', '["users",1,'],
  ])('is refused when it holds %s', (_, value) => {
    expect(() => decodeCursor('users', encode(value))).toThrow(InvalidCursor);
  });

  it.each(['!!!', '\0', '%', 'ÿÿÿ', '🦊', 'null'])('is refused when it is %j', (cursor) => {
    expect(() => decodeCursor('users', cursor)).toThrow(InvalidCursor);
  });
});

describe('a page', () => {
  const rows = [5, 4, 3].map((at) => ({ at, id: `id-${at}` }));
  const page = (limit: number, of = rows) =>
    toPage(
      'users',
      of,
      limit,
      (row) => row,
      ({ id }) => id,
    );

  it('has a cursor to its last entry when there is more', () => {
    const { items, nextCursor } = page(2);
    expect(items).toEqual(['id-5', 'id-4']);
    expect(decodeCursor('users', nextCursor ?? '')).toEqual({ at: 4, id: 'id-4' });
  });

  it('has none when it is the last, also when it is exactly full', () => {
    expect(page(3)).toEqual({ items: ['id-5', 'id-4', 'id-3'], nextCursor: null });
    expect(page(50).nextCursor).toBeNull();
    expect(page(1, [])).toEqual({ items: [], nextCursor: null });
  });
});
