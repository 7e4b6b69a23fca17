import { describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials, InvalidToken } from '../../access/access.errors.js';
import { bearerToken } from './bearer-token.js';

/** A request with these Authorization headers, as Node hands it on: the first of several counts. */
function request(...authorizations: readonly string[]) {
  const [authorization] = authorizations;
  const rawHeaders = [
    'Host',
    'signet.test',
    ...authorizations.flatMap((value) => ['authorization', value]),
  ];
  return { headers: authorization === undefined ? {} : { authorization }, raw: { rawHeaders } };
}

describe('the bearer token of a request', () => {
  it.each(['a.b.c', 'mF_9.B5f-4.1JqM', 'abc~+/def=='])(
    'is what follows the scheme: %s',
    (token) => {
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        expect(bearerToken(request(`${scheme} ${token}`))).toBe(token);
      }
    },
  );

  it('is none without the header', () => {
    expect(bearerToken(request())).toBeUndefined();
  });

  it('is never in the query, the body or a cookie', () => {
    const elsewhere = {
      headers: {
        cookie: 'access_token=a.b.c; authorization=Bearer a.b.c',
        'x-access-token': 'a.b.c',
      },
      raw: { rawHeaders: [] },
      query: { access_token: 'a.b.c' },
      body: { access_token: 'a.b.c' },
    };
    expect(bearerToken(elsewhere)).toBeUndefined();
  });

  it.each([
    'Basic YTpi',
    'Digest username="a"',
    'DPoP a.b.c',
    'a.b.c',
    'Bearera.b.c',
    'Token a.b.c',
    'Bearer\ta.b.c',
    'Basic x, Bearer a.b.c',
    '',
  ])('is none under another scheme: %j', (authorization) => {
    expect(bearerToken(request(authorization))).toBeUndefined();
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a.b.c junk',
    'Bearer a.b.c, Bearer d.e.f',
    'Bearer a.b.c,',
    'Bearer "a.b.c"',
    'Bearer a.b.c\n',
    'Bearer =a',
    'Bearer ä',
    'Bearer a.b.c;',
    'Bearer token=a.b.c',
  ])('has nothing before or after it: %j', (authorization) => {
    expect(() => bearerToken(request(authorization))).toThrow(InvalidToken);
  });

  it('is sent once: two headers leave open which one counts', () => {
    const pairs = [
      ['Bearer a.b.c', 'Bearer a.b.c'],
      ['Bearer a.b.c', 'Basic YTpi'],
      ['Basic YTpi', 'Bearer a.b.c'],
    ];
    for (const pair of pairs)
      expect(() => bearerToken(request(...pair))).toThrow(AmbiguousCredentials);
    const inOtherLetters = request('Bearer a.b.c');
    inOtherLetters.raw.rawHeaders.push('AUTHORIZATION', 'Bearer d.e.f');
    expect(() => bearerToken(inOtherLetters)).toThrow(AmbiguousCredentials);
  });

  it('is not confused by a value that looks like the name of the header', () => {
    const { headers, raw } = request('Bearer a.b.c');
    expect(
      bearerToken({ headers, raw: { rawHeaders: [...raw.rawHeaders, 'X-Name', 'authorization'] } }),
    ).toBe('a.b.c');
  });

  it('is found in time that grows with its length only', () => {
    const began = performance.now();
    expect(() => bearerToken(request(`Bearer ${'='.repeat(500_000)}!`))).toThrow(InvalidToken);
    expect(() => bearerToken(request(`Bearer ${'a'.repeat(500_000)}!`))).toThrow(InvalidToken);
    expect(() => bearerToken(request(`Bearer ${' '.repeat(500_000)}!`))).toThrow(InvalidToken);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
