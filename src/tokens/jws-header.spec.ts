import { describe, expect, it } from '@jest/globals';
import { readHeader } from './jws-header.js';

const OURS = { alg: 'ES256', typ: 'at+jwt', kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U' };

const encode = (text: string) => Buffer.from(text).toString('base64url');
/** A token with that header; payload and signature do not matter here. */
const tokenWith = (header: string) => `${encode(header)}.${encode('{}')}.c2ln`;
const read = (header: unknown) => readHeader(tokenWith(JSON.stringify(header)));

describe('the header of a token', () => {
  it('is read when it is one of ours', () => {
    expect(read(OURS)).toEqual(OURS);
  });

  it.each<[string, unknown]>([
    ['critical extensions', { crit: ['exp'] }],
    ['an empty list of them', { crit: [] }],
    ['an unencoded payload', { b64: false }],
    ['an encoded payload, said aloud', { b64: true }],
    ['compression', { zip: 'DEF' }],
    ['a key of its own', { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } }],
    ['an address of keys', { jku: 'http://127.0.0.1/jwks.json' }],
    ['a chain of certificates', { x5c: ['MII'] }],
    ['an address of certificates', { x5u: 'http://127.0.0.1/cert.pem' }],
    ['a thumbprint of a certificate', { x5t: 'abc' }],
    ['another content type', { cty: 'JWT' }],
    ['an encryption', { enc: 'A256GCM' }],
    ['work to do', { p2c: 2_147_483_647, p2s: 'abc' }],
    ['an unknown member', { 'urn:example': 1 }],
    ['a known member in other letters', { ALG: 'none' }],
  ])('may not bring %s along', (_, member) => {
    expect(read({ ...OURS, ...(member as object) })).toBe('header_foreign');
  });

  it.each<[string, unknown]>([
    ['number', 1],
    ['list', [OURS.kid]],
    ['object', { toString: OURS.kid }],
    ['null', null],
    ['truth value', true],
    ['absent', undefined],
  ])('has texts as members, so none that is %s', (_, value) => {
    for (const name of ['alg', 'typ', 'kid'])
      expect(read({ ...OURS, [name]: value })).toBe('header_incomplete');
  });

  it('cannot reach a prototype', () => {
    // An own member in JSON, whatever it would be in a literal.
    const nested = `{"__proto__":${JSON.stringify(OURS)}}`;
    expect(readHeader(tokenWith(nested))).toBe('header_incomplete');
    const beside = `{"alg":"ES256","typ":"at+jwt","kid":"1","__proto__":{"jku":"x"}}`;
    expect(readHeader(tokenWith(beside))).toBe('header_foreign');
    expect(read({ ...OURS, constructor: { prototype: {} } })).toBe('header_foreign');
    expect(read({ ...OURS, kid: '__proto__' })).toEqual({ ...OURS, kid: '__proto__' }); // only a text: KeyRing looks it up
  });

  it.each([
    '[]',
    'null',
    '1',
    '"text"',
    'true',
    '',
    '{',
    '{"alg":"ES256",}',
    '\ufeff{}',
    JSON.stringify([OURS]),
  ])('is a JSON object, not %j', (header) => {
    expect(readHeader(tokenWith(header === '' ? ' ' : header))).toBe('header_unreadable');
  });

  it('takes the last of two members of one name, as whoever verifies does', () => {
    const twice = `{"alg":"none","typ":"JWT","kid":"x",${JSON.stringify(OURS).slice(1)}`;
    expect(readHeader(tokenWith(twice))).toEqual(OURS);
  });
});

describe('a token', () => {
  const [header, payload, signature] = ['eyJhIjoxfQ', 'e30', 'c2ln'];
  const good = tokenWith(JSON.stringify(OURS));

  it.each([
    ['nothing', ''],
    ['dots', '..'],
    ['two parts', `${header}.${payload}`],
    ['an empty signature', good.slice(0, good.lastIndexOf('.') + 1)],
    ['an empty payload', `${header}..${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['a fourth part', `${good}.x`],
    ['the five parts of a JWE', `${header}.a.b.c.d`],
    ['the JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    [
      'the flattened one with several signatures',
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    ],
    ['padding', `${good}=`],
    ['padding in the header', good.replace('.', '=.')],
    ['base64 instead of base64url', good.replace('.', '+/.')],
    ['a space before', ` ${good}`],
    ['a line break after', `${good}\n`],
    ['a line break inside', good.replace('.', '\n.')],
    ['a NUL', good.replace('.', '\0.')],
    ['letters outside of ASCII', good.replace('.', 'é.')],
    ['percent escapes', good.replaceAll('.', '%2E')],
  ])('is no compact JWS with %s', (_, token) => {
    expect(readHeader(token)).toBe('not_compact');
  });

  it('is judged in time that does not grow out of proportion', () => {
    const began = performance.now();
    for (const character of ['.', 'A', 'A.', '=']) readHeader(character.repeat(500_000));
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
