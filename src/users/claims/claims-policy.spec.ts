import { describe, expect, it } from '@jest/globals';
import { RESERVED_CLAIMS, claimsErrors } from './claims-policy.js';

const codes = (claims: unknown) =>
  claimsErrors(claims).map(({ pointer, code }) => `${pointer} ${code}`);

/** An object in an object, so many times. */
const nested = (levels: number): object => (levels === 1 ? { a: 1 } : { a: nested(levels - 1) });
const wide = (members: number) =>
  Object.fromEntries(Array.from({ length: members }, (_, i) => [`m${i}`, i]));

describe('custom claims', () => {
  it('are any JSON object of harmless names', () => {
    const claims = {
      team: 'payments',
      cost_center: 4711,
      ratio: 0.5,
      on_call: false,
      manager: null,
      regions: ['eu', 'us'],
      limits: { 'Per Day': { amount: 10, currency: '€' } },
      emoji: '🦊',
    };
    expect(claimsErrors(claims)).toEqual([]);
    expect(claimsErrors({})).toEqual([]);
  });

  it.each([undefined, null, [], [{}], 'text', 1, true])('are an object, not %j', (claims) => {
    expect(codes(claims)).toEqual([' object']);
  });

  it('have names of small letters, digits and underscores', () => {
    for (const name of [
      'Team',
      '_team',
      '1st',
      'te am',
      'team-a',
      'https://x.example/team',
      '',
      'é',
      'x'.repeat(65),
    ])
      expect(codes({ [name]: 1 })[0]).toMatch(/ name$/);
    expect(codes({ ['x'.repeat(64)]: 1 })).toEqual([]);
  });

  it('never have a name that means something already', () => {
    const ours = [
      ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'sid', 'auth_time', 'amr'],
      ...['acr', 'roles', 'scope', 'ver', 'act', 'user_claims', 'cnf', 'status', 'azp', 'nonce'],
      ...['may_act', 'groups', 'entitlements', 'email', 'name', 'preferred_username'],
    ];
    for (const name of ours) expect(codes({ [name]: 'x' })).toEqual([`/${name} reserved`]);
    expect(ours.filter((name) => !RESERVED_CLAIMS.has(name))).toEqual([]);
  });

  it('may have such a name further down, where nobody looks for it', () => {
    expect(codes({ contact: { email: 'ada@example.com', name: 'Ada' } })).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('have no %s, on any level', (name) => {
    const parsed = (text: string): unknown => JSON.parse(text.replaceAll('NAME', name));
    expect(codes(parsed('{"NAME":{"admin":true}}'))).toContain(`/${name} name`);
    expect(codes(parsed('{"a":{"NAME":1}}'))).toEqual([`/a/${name} name`]);
    expect(codes(parsed('{"a":[{"b":{"NAME":{"c":1}}}]}'))).toEqual([`/a/0/b/${name} name`]);
  });

  it('have at most five levels', () => {
    expect(codes(nested(5))).toEqual([]);
    expect(codes(nested(6))).toEqual(['/a/a/a/a/a depth']);
    expect(codes({ a: [[[[]]]] })).toEqual([]);
    expect(codes({ a: [[[[[]]]]] })).toEqual(['/a/0/0/0/0 depth']);
    expect(codes(nested(32))).toEqual(['/a/a/a/a/a depth']);
  });

  it('have at most fifty members and items in all', () => {
    expect(codes(wide(50))).toEqual([]);
    expect(codes(wide(51))).toEqual([' members']);
    expect(codes({ a: Array.from({ length: 49 }, () => 1) })).toEqual([]);
    expect(codes({ a: Array.from({ length: 50 }, () => 1) })).toEqual([' members']);
    expect(codes({ a: wide(25), b: wide(24) })).toEqual([' members']);
    expect(codes(wide(100_000))).toEqual([' members']);
  });

  it('have well-formed texts', () => {
    expect(codes({ a: '\ud800' })).toEqual(['/a text']);
    expect(codes({ a: ['x', { b: 'y\udc00' }] })).toEqual(['/a/1/b text']);
    expect(codes({ a: { '\ud800': 1 } })).toEqual(['/a/\ud800 name']);
  });

  it('have numbers that arrive as they were sent', () => {
    expect(codes({ a: JSON.parse('1e999') as unknown })).toEqual(['/a number']);
    expect(codes({ a: JSON.parse('9007199254740993') as unknown })).toEqual(['/a number']);
    expect(codes({ a: NaN })).toEqual(['/a number']);
    expect(codes({ a: Number.MAX_SAFE_INTEGER, b: -0.1, c: 1e-9 })).toEqual([]);
  });

  it('never have their values repeated', () => {
    const errors = claimsErrors({
      email: 'canary',
      Team: 'canary',
      a: '\ud800canary',
      b: [[[[['canary']]]]],
    });
    expect(errors).toHaveLength(4);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('have errors whose pointers lead there', () => {
    expect(codes({ a: { 'x/y~z': '\ud800' } })).toEqual(['/a/x~1y~0z text']);
  });
});
