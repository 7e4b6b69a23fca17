import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CannotUnseal, Envelope } from './envelope.js';

const SECRET = Buffer.from('a private key, say');
const kek = randomBytes(32);
const envelope = new Envelope(kek);

describe('an envelope', () => {
  it('gives back what was sealed, on every replica that has the key', () => {
    const sealed = envelope.seal('signing-key:1', SECRET);
    expect(new Envelope(Buffer.from(kek)).open('signing-key:1', sealed)).toEqual(SECRET);
  });

  it('never seals the same secret to the same text', () => {
    const texts = Array.from({ length: 50 }, () => envelope.seal('a', SECRET));
    expect(new Set(texts).size).toBe(50);
    expect(new Set(texts.map((text) => text.split('.')[2])).size).toBe(50); // the nonces
  });

  it('shows nothing of the secret or of the key', () => {
    const text = envelope.seal('a', SECRET);
    for (const hidden of [SECRET, kek]) {
      expect(text).not.toContain(hidden.toString('base64url').slice(0, 8));
    }
  });

  it('opens nothing that another key-encryption key sealed', () => {
    const theirs = new Envelope(randomBytes(32));
    const text = theirs.seal('a', SECRET);
    expect(() => envelope.open('a', text)).toThrow(CannotUnseal);
    // Nor when the id of the key is made to fit.
    const [, ourId = ''] = envelope.seal('a', SECRET).split('.');
    const [version, , ...rest] = text.split('.');
    expect(() => envelope.open('a', [version, ourId, ...rest].join('.'))).toThrow(CannotUnseal);
  });

  it('opens nothing under another name, so rows cannot be swapped', () => {
    const text = envelope.seal('signing-key:1', SECRET);
    expect(() => envelope.open('signing-key:2', text)).toThrow(CannotUnseal);
    expect(() => envelope.open('', text)).toThrow(CannotUnseal);
  });

  it('opens nothing in which one bit was altered', () => {
    const text = envelope.seal('a', SECRET);
    const parts = text.split('.');
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      for (let at = 0; at < bytes.length; at++) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
        const forged = parts.with(index, altered.toString('base64url')).join('.');
        expect(() => envelope.open('a', forged)).toThrow(CannotUnseal);
      }
    }
  });

  it('takes no shortened tag: four bytes of one can be guessed', () => {
    const parts = envelope.seal('a', SECRET).split('.');
    const tag = Buffer.from(parts[4] ?? '', 'base64url');
    for (const length of [0, 4, 8, 12, 15]) {
      const cut = parts.with(4, tag.subarray(0, length).toString('base64url')).join('.');
      expect(() => envelope.open('a', cut)).toThrow(CannotUnseal);
    }
  });

  it.each(['', 'v1', 'v1....', 'v2.a.b.c.d', 'plain text', '{"k":1}'])(
    'does not open %j',
    (text) => {
      expect(() => envelope.open('a', text)).toThrow(CannotUnseal);
    },
  );

  it('opens what the other keys have sealed, and seals with the current one', () => {
    const next = randomBytes(32);
    const both = new Envelope(next, [kek]);
    const old = envelope.seal('a', SECRET);
    expect(both.open('a', old)).toEqual(SECRET);
    expect(both.isCurrent(old)).toBe(false);
    const renewed = both.reseal('a', old);
    expect(both.isCurrent(renewed)).toBe(true);
    expect(new Envelope(next).open('a', renewed)).toEqual(SECRET);
    expect(() => envelope.open('a', renewed)).toThrow(CannotUnseal);
    // A replica that has not changed over yet reads it, if it was told of the new key before.
    expect(new Envelope(kek, [next]).open('a', renewed)).toEqual(SECRET);
  });

  it('names in its error what could not be opened, and not its content', () => {
    const text = envelope.seal('signing-key:1', SECRET);
    expect(() => new Envelope(randomBytes(32)).open('signing-key:1', text)).toThrow(
      /^"signing-key:1" was sealed with another key-encryption key/,
    );
  });
});
