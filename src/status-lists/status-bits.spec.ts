import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { listDocument } from './documents.js';
import { StatusBits } from './status-bits.js';
import { ANY_STATUS_INDEX, LIST_LENGTH, statusClaim } from './status-reference.js';

const HOUR = 3_600_000;
const NOW = 500_000 * HOUR;

/** The indexes whose bits are set. */
function setIn(bits: Uint8Array): number[] {
  return [...bits].flatMap((byte, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => i * 8 + bit),
  );
}

describe('the bits of the status lists', () => {
  it('lie as in the example of draft-ietf-oauth-status-list 4.1', () => {
    const bits = new StatusBits(HOUR);
    for (const index of [0, 3, 4, 5, 7, 8, 9, 13, 15]) bits.set(index, 1, NOW);
    expect([...bits.bitsOf(0).subarray(0, 3)]).toEqual([0xb9, 0xa3, 0]);
  });

  it('lie as in the 1-bit test vector of its appendix, as far as a list of ours goes', () => {
    const vector = inflateSync(
      Buffer.from(
        'eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb',
        'base64url',
      ),
    );
    const revoked = [
      0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345,
    ];
    const bits = new StatusBits(HOUR);
    for (const index of revoked) bits.set(index, 1, NOW);
    const lists = Array.from({ length: 8 }, (_, list) => bits.bitsOf(list));
    expect(Buffer.concat(lists).equals(vector)).toBe(true);
  });

  it('are compressed with ZLIB, as in the example of its 4.2', () => {
    const validity = { issuer: 'https://id.example.com', asOf: NOW, ttl: 5000, lifetime: 60_000 };
    const { type, claims } = listDocument(validity, 3, 17, new Uint8Array([0xb9, 0xa3]));
    expect(type).toBe('statuslist+jwt');
    expect(claims).toEqual({
      iss: 'https://id.example.com',
      sub: 'https://id.example.com/v1/status-lists/3',
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
      ttl: 5,
      revision: 17,
      status_list: { bits: 1, lst: expect.any(String) },
    });
    const { lst } = (claims as { status_list: { lst: string } }).status_list;
    const inflated = (text: string) => inflateSync(Buffer.from(text, 'base64url'));
    expect(inflated(lst)).toEqual(inflated('eNrbuRgAAhcBXQ')); // the example's
  });

  it('are found where a token says', () => {
    for (const index of [0, 131_071, 131_072, 10_000_000, ANY_STATUS_INDEX]) {
      const bits = new StatusBits(HOUR);
      bits.set(index, 1, NOW);
      const { idx, uri } = statusClaim('https://id.example.com', index).status_list;
      const list = Number(/^https:\/\/id\.example\.com\/v1\/status-lists\/(\d+)$/.exec(uri)?.[1]);
      expect(list * LIST_LENGTH + idx).toBe(index);
      expect(setIn(bits.bitsOf(list))).toEqual([idx]);
    }
  });

  it('name the newest revision of each list in which something is revoked', () => {
    const bits = new StatusBits(HOUR);
    bits.set(5, 1, NOW);
    bits.set(LIST_LENGTH * 2 + 1, 2, NOW);
    bits.set(6, 3, NOW);
    expect([...bits.revisions()]).toEqual([
      [0, 3],
      [2, 2],
    ]);
    expect([0, 1, 2].map((list) => bits.revisionOf(list))).toEqual([3, 0, 2]);
  });

  it('stay as long as their revocation is in force, and no longer than a generation more', () => {
    const bits = new StatusBits(HOUR);
    bits.set(1, 1, NOW + 1);
    bits.set(2, 2, NOW + HOUR - 1);
    bits.set(3, 3, NOW + HOUR);
    bits.sweep(NOW + HOUR - 1);
    expect(setIn(bits.bitsOf(0))).toEqual([1, 2, 3]);
    bits.sweep(NOW + HOUR);
    expect(setIn(bits.bitsOf(0))).toEqual([3]);
    bits.sweep(NOW + 2 * HOUR);
    expect(setIn(bits.bitsOf(0))).toEqual([]);
    expect(bits.bytes).toBe(0);
  });

  it('name no revision whose revocation is over: a replica that starts then does not know it', () => {
    const bits = new StatusBits(HOUR);
    bits.set(1, 1, NOW + 5);
    bits.sweep(NOW + 5);
    expect(bits.revisionOf(0)).toBe(1);
    bits.sweep(NOW + 6);
    expect(bits.revisionOf(0)).toBe(0);
  });

  it('take nothing for each revocation', () => {
    const bits = new StatusBits(HOUR);
    for (let index = 0; index < LIST_LENGTH; index++) bits.set(index, index, NOW);
    expect(bits.bytes).toBe(LIST_LENGTH / 8);
  });
});
