import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { compactVerify } from 'jose';
import { generateKey } from '../keys/key-material.js';
import type { SigningKeyPair } from '../keys/key-material.js';
import { SignedDocuments } from './signed-documents.js';

let key: SigningKeyPair;
let other: SigningKeyPair;
let documents: SignedDocuments;
let made: number;
let ticks: number;
/** What making a document takes, in ms. */
let cost: number;
beforeAll(async () => {
  [key, other] = await Promise.all([generateKey('ES256'), generateKey('ES256')]);
});
beforeEach(() => {
  documents = new SignedDocuments({ monotonic: () => ticks });
  made = 0;
  cost = 0;
});

const get = (version: string, now: number, by = key, name = '0') => {
  ticks = now;
  return documents.get(name, version, by, () => {
    ticks += cost;
    return { type: 'statuslist+jwt', revision: 1, claims: { iat: 1, made: ++made } };
  });
};

describe('signed documents', () => {
  it('are signed by the key, and say of what type they are', async () => {
    const { payload, protectedHeader } = await compactVerify(get('1', 0).jws, key.publicKey);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'statuslist+jwt', kid: key.kid });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ iat: 1, made: 1 });
  });

  it('are signed once as long as they say the same', () => {
    const first = get('1', 0);
    expect(get('1', 100_000)).toBe(first);
    expect(get('2', 100_000).tag).not.toBe(first.tag);
    expect(made).toBe(2);
  });

  it('are signed at most once a second, however fast they change', () => {
    for (let now = 0; now < 5000; now += 10) get(`${now}`, now);
    expect(made).toBe(5);
  });

  it('that take long are signed less often, however fast they change', () => {
    cost = 100;
    for (let now = 0; now < 10_000; now += 100) get(`${now}`, now);
    expect(made).toBe(5);
  });

  it('of a key that signs no more are not served again', () => {
    get('1', 0);
    expect(get('1', 1, other).jws).not.toBe(get('1', 0, key).jws);
    expect(made).toBe(3);
  });

  it('are not taken for each other', () => {
    expect(get('1', 0, key, '0').jws).not.toBe(get('1', 0, key, '1').jws);
  });

  it('are kept in a bounded number', () => {
    for (let i = 0; i <= 2000; i++) get('1', 0, key, `${i}`);
    get('1', 0, key, '2000');
    expect(made).toBe(2001);
    get('1', 0, key, '0'); // the oldest had to go
    expect(made).toBe(2002);
  });
});
