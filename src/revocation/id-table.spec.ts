import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { IdTable } from './id-table.js';

/** Shards of a table, which one call of `sweepShard` each goes through. */
const SHARDS = 256;
const NOW = 1_800_000_000_000;

const id = (...words: readonly number[]) =>
  Uint32Array.from({ length: 4 }, (_, i) => words[i] ?? 0);
const randomId = () => randomFillSync(new Uint32Array(4));
const sweep = (table: IdTable, now: number) => {
  for (let i = 0; i < SHARDS; i++) table.sweepShard(now);
};

describe('a table of ids', () => {
  it('gives back what was put in, and nothing else', () => {
    const table = new IdTable();
    const ids = Array.from({ length: 20_000 }, randomId);
    for (const [value, words] of ids.entries()) table.add(words, NOW, value);
    expect(table.size).toBe(ids.length);
    for (const [value, words] of ids.entries()) expect(table.get(words)).toBe(value);
    for (let i = 0; i < 20_000; i++) expect(table.get(randomId())).toBeUndefined();
  });

  it('tells ids apart that differ in one bit, and knows the one of zeros', () => {
    const table = new IdTable();
    const ids = [
      id(),
      ...Array.from({ length: 128 }, (_, bit) => {
        const words = id();
        words[bit >> 5] = (1 << (bit & 31)) >>> 0;
        return words;
      }),
    ];
    for (const [value, words] of ids.entries()) {
      expect(table.get(words)).toBeUndefined();
      table.add(words, NOW, value);
    }
    for (const [value, words] of ids.entries()) expect(table.get(words)).toBe(value);
    expect(table.size).toBe(129);
  });

  it('keeps of one id the later expiry and the greater value, in whatever order they come', () => {
    const told = [
      [NOW, 7],
      [NOW + 5000, 3],
      [NOW + 1000, 5],
    ] as const;
    for (const order of [told, told.toReversed()]) {
      const table = new IdTable();
      for (const [expiresAt, value] of order) table.add(id(1), expiresAt, value);
      expect(table.size).toBe(1);
      sweep(table, NOW + 5000);
      expect(table.get(id(1))).toBe(7);
      sweep(table, NOW + 5001);
      expect(table.get(id(1))).toBeUndefined();
      expect(table.size).toBe(0);
    }
  });

  it('never forgets before the end: a part of a second counts as a whole one', () => {
    const table = new IdTable();
    table.add(id(1), NOW + 1, 0);
    sweep(table, NOW + 1000);
    expect(table.size).toBe(1);
    sweep(table, NOW + 1001);
    expect(table.size).toBe(0);
  });

  it('is what a Map is, through a long history of additions and sweeps', () => {
    const table = new IdTable();
    const model = new Map<number, { expiresAt: number; value: number }>();
    let random = 42;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    let now = NOW;
    for (let step = 0; step < 30_000; step++) {
      const key = next(5000);
      const expiresAt = now + next(60) * 1000;
      const known = model.get(key);
      table.add(id(key, key, 1, 2), expiresAt, step);
      model.set(key, { expiresAt: Math.max(known?.expiresAt ?? 0, expiresAt), value: step });
      if (step % 500 === 0) {
        now += 7000;
        sweep(table, now);
        for (const [old, entry] of model) if (entry.expiresAt < now) model.delete(old);
        expect(table.size).toBe(model.size);
      }
    }
    for (let key = 0; key < 5000; key++) {
      expect(table.get(id(key, key, 1, 2))).toBe(model.get(key)?.value);
    }
  });

  it('takes no more than 40 bytes an entry, and gives back what is over', () => {
    const table = new IdTable();
    for (const size of [20_000, 50_000, 100_000, 130_000, 200_000]) {
      while (table.size < size) table.add(randomId(), NOW, 0);
      expect(table.bytes / table.size).toBeLessThanOrEqual(40);
    }
    sweep(table, NOW + 1);
    expect([table.size, table.bytes]).toEqual([0, 0]);
  });

  it('grows in a few steps to what is expected, and keeps what was there before', () => {
    const roomsOf = (expected: number) => {
      const table = new IdTable();
      const rooms = new Set<number>();
      table.add(id(1), NOW, 7);
      table.expect(expected);
      while (table.size < 100_000) {
        table.add(randomId(), NOW, 0);
        rooms.add(shardsOf(table)[0]?.words.length ?? 0);
      }
      expect(table.get(id(1))).toBe(7);
      expect(table.bytes / 100_000).toBeLessThanOrEqual(40);
      return rooms.size;
    };
    expect(roomsOf(100_000)).toBeLessThan(7);
    expect(roomsOf(0)).toBeGreaterThan(15);
  });

  it('does not make room at once for what may never come', () => {
    const table = new IdTable();
    table.expect(100_000_000);
    for (let i = 0; i < 10_000; i++) table.add(randomId(), NOW, 0);
    expect(table.bytes / 10_000).toBeLessThan(4 * 39.1);
  });

  it('puts the same ids elsewhere in each process, so that nobody can choose ids that collide', () => {
    const orderOf = (table: IdTable) =>
      shardsOf(table)
        .map(({ words }) => words.join(','))
        .join(';');
    const [one, other] = [new IdTable(), new IdTable()];
    for (let i = 0; i < 100; i++) for (const table of [one, other]) table.add(id(i), NOW, 0);
    expect(orderOf(one)).not.toBe(orderOf(other));
  });
});

function shardsOf(table: IdTable) {
  const { shards } = table as unknown as { shards: readonly { words: Uint32Array }[] }; // nothing else shows it
  return shards;
}
