import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formatBase64urlId, formatUuid, readBase64urlId, readUuid } from './id-words.js';

const hexOf = (words: Uint32Array) =>
  [...words].map((word) => word.toString(16).padStart(8, '0')).join('');

describe('the words of an id', () => {
  const words = new Uint32Array(4);

  it('are the bits of a UUID', () => {
    for (let i = 0; i < 1000; i++) {
      const id = randomUUID();
      expect(readUuid(id, words)).toBe(true);
      expect(hexOf(words)).toBe(id.replaceAll('-', ''));
    }
  });

  it('are the bits of a token id in base64url', () => {
    for (let i = 0; i < 1000; i++) {
      const bytes = randomBytes(16);
      expect(readBase64urlId(bytes.toString('base64url'), words)).toBe(true);
      expect(hexOf(words)).toBe(bytes.toString('hex'));
    }
  });

  const uuid = '0123abcd-4567-4fff-8aaa-0123456789ab';
  it.each([
    uuid.toUpperCase(),
    uuid.replaceAll('-', ''),
    uuid.replaceAll('-', '0'),
    `0${uuid}`,
    uuid.slice(1),
    `-${uuid.slice(1)}`,
    `${uuid.slice(0, 7)}-${uuid[7]}${uuid.slice(9)}`,
    uuid.replace('a', 'g'),
    uuid.replace('a', '\u0161'), // whose lowest byte is that of "a"
    uuid.replace('a', '\u{1f600}').slice(0, 36),
    '',
    '-'.repeat(36),
  ])('are not read from %j, which is no UUID as they are issued', (text) => {
    expect(readUuid(text, words)).toBe(false);
  });

  const id = 'AAECAwQFBgcICQoLDA0ODw';
  it.each([
    'AAECAwQFBgcICQoLDA0ODx', // the same bits, and one that carries nothing
    `${id}=`,
    id.slice(1),
    id.replace('w', '+'),
    id.replace('w', '/'),
    id.replace('w', '\u0177'),
    '',
  ])('are not read from %j, which is no token id as they are issued', (text) => {
    expect(readBase64urlId(id, words)).toBe(true);
    expect(readBase64urlId(text, words)).toBe(false);
  });
});

describe('ids that are written again', () => {
  it('are what was read', () => {
    const words = new Uint32Array(4);
    for (const uuid of [
      '00000000-0000-0000-0000-000000000000',
      '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ]) {
      expect(readUuid(uuid, words)).toBe(true);
      expect(formatUuid(words)).toBe(uuid);
    }
    for (const id of [
      'AAAAAAAAAAAAAAAAAAAAAA',
      'nY2kX0a9QwE7rT5uI3oPzA',
      '_____________________w',
    ]) {
      expect(readBase64urlId(id, words)).toBe(true);
      expect(formatBase64urlId(words)).toBe(id);
    }
  });
});
