import { constants, sign } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { generateKey } from './key-material.js';
import type { SigningKeyPair } from './key-material.js';
import { isSigned, signed } from './signature.js';

const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'HS256'] as const;

const headerOf = ({ algorithm, kid }: SigningKeyPair) => ({ alg: algorithm, typ: 'JWT', kid });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withSignature = (token: string, signature: Buffer) =>
  `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`;

describe.each(ALGORITHMS)('a signature by %s', (algorithm) => {
  let key: SigningKeyPair;
  let other: SigningKeyPair;
  let token: string;
  let bytes: Buffer;
  beforeAll(async () => {
    [key, other] = await Promise.all([generateKey(algorithm), generateKey(algorithm)]);
    const { privateKey } = key;
    token = new JwtService().sign({ sub: 'ada' }, { privateKey, algorithm, header: headerOf(key) });
    bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url');
  });

  it('that jsonwebtoken makes is good', () => {
    expect(isSigned(token, key)).toBe(true);
  });

  it('that we make is good for jsonwebtoken, under the header that was asked for', () => {
    const made = signed(headerOf(key), { sub: 'ada' }, key);
    expect(isSigned(made, key)).toBe(true);
    const read = new JwtService().verify<{ header: object; payload: object }>(made, {
      publicKey: key.publicKey as unknown as string, // the declared type lacks KeyObject, which jsonwebtoken takes
      algorithms: [algorithm],
      complete: true,
    });
    expect(read).toMatchObject({ header: headerOf(key), payload: { sub: 'ada' } });
    expect(isSigned(made, other)).toBe(false);
  });

  it('of another key, or over something else, is not', () => {
    expect(isSigned(token, other)).toBe(false);
    const [header = '', payload = '', signature = ''] = token.split('.');
    for (const changed of [
      `${header}.${encode({ sub: 'grace' })}.${signature}`,
      `${encode({ alg: algorithm })}.${payload}.${signature}`,
      `${payload}.${header}.${signature}`,
    ]) {
      expect(isSigned(changed, key)).toBe(false);
    }
  });

  it('that was changed in any byte, cut, stretched, or is of zeros is not', () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(isSigned(withSignature(token, changed), key)).toBe(false);
    }
    for (const signature of [
      Buffer.alloc(0),
      Buffer.alloc(bytes.length),
      bytes.subarray(0, -1),
      bytes.subarray(1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), bytes]),
      Buffer.concat([bytes, bytes]),
    ]) {
      expect(isSigned(withSignature(token, signature), key)).toBe(false);
    }
  });
});

it('of RS256 is none of PS256, nor the other way round: the algorithm belongs to the key', async () => {
  const key = await generateKey('RS256');
  const signedBy = (algorithm: 'RS256' | 'PS256') =>
    new JwtService().sign({ sub: 'ada' }, { privateKey: key.privateKey, algorithm });
  expect(isSigned(signedBy('RS256'), key)).toBe(true);
  expect(isSigned(signedBy('PS256'), key)).toBe(false);
  expect(isSigned(signedBy('PS256'), { ...key, algorithm: 'PS256' })).toBe(true);
  expect(isSigned(signedBy('RS256'), { ...key, algorithm: 'PS256' })).toBe(false);
});

it('of PS256 with a salt of another length is not good', async () => {
  const key = await generateKey('PS256');
  const input = `${encode(headerOf(key))}.${encode({ sub: 'ada' })}`;
  const signed = (saltLength: number) => {
    const { privateKey } = key;
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`;
  };
  expect(isSigned(signed(32), key)).toBe(true);
  expect(isSigned(signed(0), key)).toBe(false);
  expect(isSigned(signed(20), key)).toBe(false);
});

it('of ES256 in DER, as OpenSSL writes it, is not good', async () => {
  const key = await generateKey('ES256');
  const input = `${encode(headerOf(key))}.${encode({ sub: 'ada' })}`;
  const der = sign('sha256', Buffer.from(input), key.privateKey);
  expect(isSigned(`${input}.${der.toString('base64url')}`, key)).toBe(false);
});
