import { describe, expect, it } from '@jest/globals';
import { readAssertion } from './assertion.js';
import { Refusal } from './refusal.js';

const HEADER = { alg: 'ES256', kid: 'key', typ: 'JWT' };
const CLAIMS = { iss: 'client', sub: 'client' };

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const assertion = (header: unknown, claims: unknown = CLAIMS) =>
  `${part(header)}.${part(claims)}.c2ln`;

describe('the shape of an assertion', () => {
  it('is that of a compact JWS that says who it speaks for', () => {
    const text = assertion(HEADER);
    expect(readAssertion(text)).toEqual({ text, alg: 'ES256', kid: 'key', clientId: 'client' });
    expect(readAssertion(assertion({ alg: 'PS256' }))).toMatchObject({ alg: 'PS256' });
  });

  it.each(['JWT', 'jwt', 'application/jwt', 'client-authentication+jwt', undefined])(
    'may have the type %s',
    (typ) => {
      expect(readAssertion(assertion({ ...HEADER, typ }))).toMatchObject({ clientId: 'client' });
    },
  );

  it.each([
    ['none', { ...HEADER, alg: 'none' }],
    ['NONE', { ...HEADER, alg: 'NONE' }],
    ['an HMAC', { ...HEADER, alg: 'HS256' }],
    ['an algorithm that is not on the list', { ...HEADER, alg: 'RS512' }],
    ['a list of algorithms', { ...HEADER, alg: ['ES256'] }],
    ['no algorithm', { ...HEADER, alg: undefined }],
    ['the type of an access token', { ...HEADER, typ: 'at+jwt' }],
    ['a type that is no text', { ...HEADER, typ: 7 }],
    ['a kid that is no text', { ...HEADER, kid: {} }],
    ['a critical extension', { ...HEADER, crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { ...HEADER, b64: false }],
    ['compression', { ...HEADER, zip: 'DEF' }],
    ['encryption', { alg: 'RSA-OAEP', enc: 'A128GCM' }],
    ['a header that is no object', []],
    ['a header that is no JSON', '{'],
  ])('is not that with %s in the header', (_, header) => {
    expect(() => readAssertion(assertion(header))).toThrow(Refusal);
  });

  it.each([
    ['nobody', {}],
    ['an issuer alone', { iss: 'client' }],
    ['a subject alone', { sub: 'client' }],
    ['somebody else as subject', { iss: 'client', sub: 'other' }],
    ['an empty name', { iss: '', sub: '' }],
    ['a list', { iss: ['client'], sub: ['client'] }],
    ['a number', { iss: 7, sub: 7 }],
    ['no object', 'null'],
    ['no JSON', '{'],
  ])('is not that of one for %s', (_, claims) => {
    expect(() => readAssertion(assertion(HEADER, claims))).toThrow(Refusal);
  });

  it.each([
    '',
    'a.b',
    'a.b.c.d.e',
    `${part(HEADER)}.${part(CLAIMS)}.`,
    `${part(HEADER)}.${part(CLAIMS)}.c2ln=`,
    ` ${assertion(HEADER)}`,
    `${assertion(HEADER)}\n`,
    assertion(HEADER, { ...CLAIMS, pad: 'a'.repeat(8192) }),
  ])('is not that of %j', (text) => {
    expect(() => readAssertion(text)).toThrow(Refusal);
  });
});
