import { describe, expect, it } from '@jest/globals';
import { readClaims, wrongClaims } from './claims.js';
import type { AccessTokenClaims } from './claims.js';

const CLAIMS: AccessTokenClaims = {
  iss: 'https://id.example.com',
  sub: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
  aud: 'https://id.example.com',
  exp: 1_800_000_600,
  nbf: 1_800_000_000,
  iat: 1_800_000_000,
  jti: 'nY2kX0a9QwE7rT5uI3oPzA',
  client_id: 'signet',
  sid: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
  auth_time: 1_799_999_000,
  amr: ['pwd'],
  acr: 'aal1',
  roles: ['editor'],
  scope: 'resources:read',
  ver: 1,
};

const TEXTS = ['iss', 'sub', 'aud', 'jti', 'client_id', 'sid'] as const;
const NUMBERS = ['exp', 'nbf', 'iat', 'auth_time', 'ver'] as const;
const LISTS = ['amr', 'roles'] as const;
const MAY_LACK = ['nbf', 'acr'];

describe('the claims of a payload', () => {
  it('are read when all are there', () => {
    expect(readClaims(CLAIMS)).toEqual(CLAIMS);
  });

  it('may say that somebody has no roles, no permissions and version 0', () => {
    const least = { ...CLAIMS, roles: [], amr: [], scope: '', ver: 0 };
    expect(readClaims(least)).toEqual(least);
  });

  it.each(Object.keys(CLAIMS))('are none without %s', (name) => {
    if (!MAY_LACK.includes(name)) {
      expect(readClaims({ ...CLAIMS, [name]: undefined })).toBeUndefined();
    }
    expect(readClaims({ ...CLAIMS, [name]: null })).toBeUndefined();
  });

  it('say their status as an index in a list, or not at all', () => {
    const withStatus = (status: unknown) => readClaims({ ...CLAIMS, status });
    const list = { idx: 0, uri: 'https://id.example.com/v1/status-lists/0' };
    expect(withStatus({ status_list: list })).toBeDefined();
    const wrongs = [{ ...list, idx: -1 }, { ...list, idx: '1' }, { ...list, uri: '' }, { idx: 1 }];
    for (const wrong of [...wrongs, null, [], 'text'])
      expect(withStatus({ status_list: wrong })).toBeUndefined();
    for (const wrong of [null, {}, [], 1, list]) expect(withStatus(wrong)).toBeUndefined();
  });

  it.each(TEXTS)('have a text as %s', (name) => {
    for (const wrong of ['', 1, true, ['text'], { text: 1 }]) {
      expect(readClaims({ ...CLAIMS, [name]: wrong })).toBeUndefined();
    }
  });

  it.each(['sub', 'jti', 'client_id', 'sid'])(
    'have an id of at most 64 characters as %s',
    (name) => {
      expect(readClaims({ ...CLAIMS, [name]: 'x'.repeat(64) })).toBeDefined();
      expect(readClaims({ ...CLAIMS, [name]: 'x'.repeat(65) })).toBeUndefined();
    },
  );

  it.each(NUMBERS)('have whole seconds, as a number, as %s', (name) => {
    const wrongs = [
      '1800000600',
      1.5,
      -1,
      NaN,
      Infinity,
      1e300,
      2 ** 53,
      [1_800_000_600],
      {},
      true,
      1n,
    ];
    for (const wrong of wrongs) expect(readClaims({ ...CLAIMS, [name]: wrong })).toBeUndefined();
  });

  it.each(LISTS)('have a list of texts as %s', (name) => {
    const wrongs = [
      'admin',
      'admin,editor',
      [1],
      [''],
      [['admin']],
      [{ name: 'admin' }],
      [null],
      { 0: 'admin', length: 1 },
      true,
    ];
    for (const wrong of wrongs) expect(readClaims({ ...CLAIMS, [name]: wrong })).toBeUndefined();
  });

  it('have one text as scope, not a list', () => {
    for (const wrong of [['users:read'], { 'users:read': true }, 1]) {
      expect(readClaims({ ...CLAIMS, scope: wrong })).toBeUndefined();
    }
  });

  it('may leave out from when on they hold, which is a setting', () => {
    const { nbf: _, ...others } = CLAIMS;
    expect(readClaims(others)).toEqual(others);
  });

  it('may lack how surely a person is known, as those of 0.1.0 do; if it is there, it is a text', () => {
    const { acr: _, ...others } = CLAIMS;
    expect(readClaims(others)).toEqual(others);
    for (const wrong of ['', 1, true, ['aal1'], { acr: 'aal1' }])
      expect(readClaims({ ...CLAIMS, acr: wrong })).toBeUndefined();
  });

  describe("of a service's own token", () => {
    const { auth_time: _time, amr: _amr, acr: _acr, ...common } = CLAIMS;
    const service = { ...common, client_id: CLAIMS.sub };

    it('say nothing of when and how a person signed in', () => {
      expect(readClaims(service)).toEqual(service);
    });

    it.each(['auth_time', 'amr', 'acr'] as const)('have no %s, which only a person has', (name) => {
      expect(readClaims({ ...service, [name]: CLAIMS[name] })).toBeUndefined();
    });

    it("are none of a person's token", () => {
      expect(readClaims({ ...service, client_id: 'signet' })).toBeUndefined();
    });
  });

  it('may name who acts for the subject, with all that a revocation needs', () => {
    const act = { sub: 'service-1', sid: 'credential-1', ver: 1 };
    expect(readClaims({ ...CLAIMS, act })?.act).toEqual(act);
    for (const wrong of [
      null,
      'service-1',
      [act],
      { ...act, sub: undefined },
      { ...act, sid: '' },
      { ...act, ver: '1' },
    ]) {
      expect(readClaims({ ...CLAIMS, act: wrong })).toBeUndefined();
    }
  });

  it('may hold an object of user claims, and nothing else under that name', () => {
    expect(readClaims({ ...CLAIMS, user_claims: { team: 'a' } })).toBeDefined();
    for (const wrong of [null, 'team', ['team'], 1])
      expect(readClaims({ ...CLAIMS, user_claims: wrong })).toBeUndefined();
  });

  it.each([undefined, null, 'text', 1, true, [], [CLAIMS]])('are none in %j', (payload) => {
    expect(readClaims(payload)).toBeUndefined();
  });

  it('that are wrong are told by their names', () => {
    expect(wrongClaims(CLAIMS)).toEqual([]);
    expect(wrongClaims({ ...CLAIMS, jti: 1, roles: 'admin', act: null })).toEqual([
      'jti',
      'roles',
      'act',
    ]);
    expect(wrongClaims({ ...CLAIMS, client_id: CLAIMS.sub })).toEqual(['auth_time', 'amr', 'acr']);
  });
});
