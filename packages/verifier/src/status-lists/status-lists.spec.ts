import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeKey } from '../../test/support/keys.js';
import { IssuedLists } from '../../test/support/lists.js';
import { World } from '../../test/support/world.js';
import { RevocationUnavailable } from '../errors.js';
import type { Verifier } from '../verifier.js';
import { statusLists } from './status-lists.js';
import type { StatusLists, StatusListsOptions } from './status-lists.js';

const key = makeKey();
const next = makeKey();
const stranger = makeKey();

const BOUND = 20;

let world: World;
let lists: IssuedLists;
let check: StatusLists;
let verifier: Verifier;
let failures: Error[];
const made: StatusLists[] = [];

function checkWith(options: Partial<StatusListsOptions> = {}): StatusLists {
  const { issuer, clock } = world;
  const one = statusLists({ issuer: issuer.url, clock, leeway: 0, ...options });
  made.push(one);
  return one;
}

beforeEach(async () => {
  world = await World.start({}, key);
  world.issuer.keys = [key.jwk, next.jwk];
  lists = new IssuedLists(world.issuer, key, world.clock);
  failures = [];
  check = checkWith({ onFailure: (error) => failures.push(error) });
  verifier = world.verifierWith({ revocation: check });
});
afterEach(async () => {
  for (const one of made.splice(0)) one.close();
  await world.issuer.stop();
});

/** A token of the session whose status is there. */
const token = (index = 5, list = 0, claims: object = {}) =>
  world.token({
    status: { status_list: { idx: index, uri: `${world.issuer.url}/v1/status-lists/${list}` } },
    ...claims,
  });
const refusal = (text: string, by = verifier) => world.refusal(text, {}, by);
const unavailable = (text: string, by = verifier) =>
  expect(refusal(text, by)).rejects.toBeInstanceOf(RevocationUnavailable);

describe('status lists', () => {
  it('refuse the tokens of a session that was revoked, and no others', async () => {
    lists.revoke(0, 5);
    lists.revoke(2, 131_071);
    expect(await refusal(token(5))).toBe('revoked');
    expect(await refusal(token(131_071, 2))).toBe('revoked');
    for (const [index, list] of [
      [4, 0],
      [6, 0],
      [13, 0],
      [131_071, 0],
      [5, 1],
      [5, 2],
    ])
      expect(await refusal(token(index, list))).toBeUndefined();
  });

  it('notice a revocation with the next refresh', async () => {
    expect(await refusal(token())).toBeUndefined();
    lists.revoke(0, 5);
    await check.refresh();
    expect(await refusal(token())).toBe('revoked');
  });

  it('ask for nothing because of a token, once they know enough', async () => {
    lists.revoke(0, 5);
    for (let i = 0; i < 50; i++) await refusal(token(i));
    expect(lists.requests).toBe(3); // the digest, what is named, the list
  });

  it('ask once, however many tokens come at first', async () => {
    lists.revoke(0, 5);
    await Promise.all(Array.from({ length: 50 }, (_, i) => refusal(token(i))));
    expect(lists.requests).toBe(3);
  });

  it('leave alone what has not changed, and what has nothing in it', async () => {
    lists.revoke(0, 5);
    await refusal(token(1, 0));
    await refusal(token(1, 1));
    for (let i = 0; i < 10; i++) {
      world.clock.pass(1);
      await check.refresh();
      expect(await refusal(token(1, 0))).toBeUndefined();
      expect(await refusal(token(1, 1))).toBeUndefined();
    }
    expect(['digest', 'named', '0', '1'].map((path) => lists.count(path))).toEqual([11, 1, 1, 0]);
    lists.revoke(1, 1);
    await check.refresh();
    expect(await refusal(token(1, 1))).toBe('revoked');
    expect(['named', '0', '1'].map((path) => lists.count(path))).toEqual([1, 1, 1]);
  });

  it('are ready when asked for it, before the first token', async () => {
    await verifier.ready();
    const { requests } = lists;
    expect(await refusal(token())).toBeUndefined();
    expect(lists.requests).toBe(requests);
    expect(check.staleness).toBe(0);
  });

  it('are not ready when nothing is known', async () => {
    lists.fail();
    expect(check.staleness).toBe(Infinity);
    await expect(verifier.ready()).rejects.toBeInstanceOf(RevocationUnavailable);
  });

  it('take the documents of the next key, also of one that was not published yet', async () => {
    expect(await refusal(token())).toBeUndefined();
    const fresh = makeKey();
    world.issuer.keys = [fresh.jwk];
    lists.signer = fresh;
    for (const path of ['digest', 'named', '0'])
      lists.changes.set(path, { header: { kid: fresh.kid } });
    lists.revoke(0, 5);
    world.clock.pass(5);
    await check.refresh();
    expect(await refusal(token())).toBe('revoked');
  });
});

describe('what is named', () => {
  const { sub, jti } = {
    sub: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
    jti: 'nY2kX0a9QwE7rT5uI3oPzA',
  };
  const act = { sub: 'service', sid: 'credential', ver: 3 };

  it.each([
    ['a principal, up to a version', { principals: [[sub, 8]] as [string, number][] }],
    ['a token', { tokens: [jti] }],
    ['a key', { keys: [key.kid] }],
    ['a credential', { credentials: ['0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d'] }],
    ['the account that acts', { principals: [['service', 4]] as [string, number][] }],
    ['the credential that acts', { credentials: ['credential'] }],
  ])('takes %s', async (_, change) => {
    const delegated = token(5, 0, { act, client_id: 'service' });
    expect(await refusal(delegated)).toBeUndefined();
    lists.name(change);
    // Then with the other key, since lists of a compromised one are not taken.
    lists.signer = next;
    for (const path of ['digest', 'named']) lists.changes.set(path, { header: { kid: next.kid } });
    await check.refresh();
    expect(await refusal(delegated)).toBe('revoked');
  });

  it('takes nobody else, and no newer version', async () => {
    lists.name({
      principals: [
        [sub, 7],
        ['another', 99],
      ],
      tokens: ['another'],
      keys: ['another'],
      credentials: ['another'],
    });
    expect(await refusal(token(5, 0, { act }))).toBeUndefined();
  });
});

describe('the bound', () => {
  beforeEach(async () => {
    lists.revoke(0, 5);
    expect(await refusal(token(1))).toBeUndefined();
  });

  it('is kept without the issuer: good tokens are taken up to it, and none after', async () => {
    lists.fail();
    world.clock.pass(BOUND);
    expect(await refusal(token(1))).toBeUndefined();
    world.clock.ticks += 1;
    await unavailable(token(1));
    // What is known stays known.
    expect(await refusal(token(5))).toBe('revoked');
  });

  it('ends by itself when the issuer is back', async () => {
    const mend = lists.fail();
    world.clock.pass(BOUND + 1);
    await unavailable(token(1));
    mend();
    world.clock.pass(1);
    expect(await refusal(token(1))).toBeUndefined();
  });

  it('counts from when the issuer knew, not from when it was asked', async () => {
    lists.age = 4;
    const behind = checkWith();
    const by = world.verifierWith({ revocation: behind });
    expect(await refusal(token(1), by)).toBeUndefined();
    lists.fail();
    world.clock.pass(BOUND - 4);
    expect(await refusal(token(1), by)).toBeUndefined();
    world.clock.ticks += 1;
    await unavailable(token(1), by);
  });

  it('is not stretched by a clock that is set back', async () => {
    const { claims } = await world.verifier.verify(token(1));
    lists.fail();
    world.clock.ticks += BOUND * 1000 + 1;
    world.clock.millis -= 3_600_000;
    await expect(check.isRevoked(claims, { kid: key.kid })).rejects.toBeInstanceOf(
      RevocationUnavailable,
    );
  });

  it('is given up only by choice, and somebody is told', async () => {
    const told: Error[] = [];
    const open = checkWith({ failOpen: true, onFailure: (error) => told.push(error) });
    const by = world.verifierWith({ revocation: open });
    expect(await refusal(token(5), by)).toBe('revoked');
    lists.fail();
    world.clock.pass(BOUND + 1);
    expect(await refusal(token(1), by)).toBeUndefined();
    expect(told.length).toBeGreaterThan(0);
    expect(await refusal(token(5), by)).toBe('revoked');
  });

  it('does not make each request wait or ask, once the issuer is known to be away', async () => {
    lists.fail();
    world.clock.pass(BOUND + 1);
    const { requests } = lists;
    for (let i = 0; i < 20; i++) await unavailable(token(1));
    expect(lists.requests - requests).toBe(1);
  });

  it('holds for each list by itself', async () => {
    lists.revoke(1, 5);
    await check.refresh();
    world.issuer.fail('/v1/status-lists/1');
    await unavailable(token(1, 1));
    expect(await refusal(token(1, 0))).toBeUndefined();
  });

  it('is told of failures in the background, too', async () => {
    lists.fail();
    await check.refresh();
    expect(failures).toEqual([expect.any(RevocationUnavailable)]);
  });
});

describe('a document is not believed', () => {
  const bomb = deflateSync(Buffer.alloc(50_000_000)).toString('base64url');
  const other = { iss: 'https://id.example.com' };

  it.each([
    ['of another issuer', { claims: other }],
    ['about another address', { claims: { sub: 'https://id.example.com/v1/status-lists/0' } }],
    ['of another type', { header: { typ: 'at+jwt' } }],
    ['that says of itself what it may not', { header: { b64: false, crit: ['b64'] } }],
    ['by a key that nobody published', { header: { kid: 'unknown' } }],
    ['without a signature', { header: { alg: 'none' } }],
    ['that has expired', { claims: { exp: 1_799_999_999 } }],
    ['from the future', { claims: { iat: 1_800_000_001 } }],
    ['without a moment', { claims: { iat: undefined } }],
    ['without a revision', { claims: { revision: undefined } }],
    ['with two bits a status', { claims: { status_list: { bits: 2, lst: 'eNrbuRgAAhcBXQ' } } }],
    ['that is not compressed', { claims: { status_list: { bits: 1, lst: 'AAAA' } } }],
    ['that is a bomb', { claims: { status_list: { bits: 1, lst: bomb } } }],
    ['without a list', { claims: { status_list: null } }],
  ])('%s', async (_, change) => {
    lists.revoke(0, 9);
    lists.changes.set('0', change);
    await unavailable(token(5));
    lists.changes.clear();
    world.clock.pass(1);
    expect(await refusal(token(5))).toBeUndefined();
  });

  it.each([
    ['lists', { lists: [[0]] }],
    ['lists', { lists: { 0: 1 } }],
    ['named', { named: '1' }],
  ])('when the digest has strange %s', async (_, claims) => {
    lists.changes.set('digest', { claims });
    await unavailable(token(5));
  });

  it.each([
    ['principals', { principals: [['x', '1']] }],
    ['keys', { keys: 'x' }],
    ['tokens', { tokens: [1] }],
    ['credentials', { credentials: undefined }],
  ])('when what is named has strange %s', async (_, claims) => {
    lists.changes.set('named', { claims });
    await unavailable(token(5));
  });

  it('signed by somebody else under the name of the right key', async () => {
    lists.revoke(0, 5);
    await refusal(token(1));
    lists.revoke(0, 6);
    lists.signer = stranger;
    await check.refresh();
    expect(failures).toHaveLength(1);
    world.clock.pass(BOUND + 1);
    await unavailable(token(1));
  });

  it('signed by a key that is known to be compromised', async () => {
    await refusal(token(1));
    lists.name({ keys: [key.kid] });
    lists.signer = next;
    for (const path of ['digest', 'named']) lists.changes.set(path, { header: { kid: next.kid } });
    await check.refresh();
    // Who has the stolen key says that nothing is revoked.
    lists.signer = key;
    lists.changes.clear();
    lists.name({ keys: [] });
    await check.refresh();
    expect(failures).toHaveLength(1);
    expect(await refusal(token(1))).toBe('revoked');
  });

  it('from before, when a newer one is known', async () => {
    lists.revoke(0, 9);
    await refusal(token(1));
    const [digest, list] = await Promise.all([lists.record('digest'), lists.record('0')]);
    lists.revoke(0, 5);
    await check.refresh();
    expect(await refusal(token(5))).toBe('revoked');
    digest();
    list();
    for (let i = 0; i < 4; i++) {
      world.clock.pass(5);
      await check.refresh();
      expect(await refusal(token(5))).toBe('revoked');
    }
    world.clock.pass(1);
    await unavailable(token(1)); // and it makes nothing fresher
  });

  it('from before, by somebody who has just started', async () => {
    lists.revoke(0, 9);
    const old = await Promise.all(['digest', 'named', '0'].map((path) => lists.record(path)));
    lists.revoke(0, 5);
    world.clock.pass(BOUND + 1);
    for (const replay of old) replay();
    await unavailable(token(5));
  });

  it('an old list beside a new digest', async () => {
    lists.revoke(0, 9);
    const replay = await lists.record('0');
    lists.revoke(0, 5);
    world.clock.pass(BOUND + 1);
    replay();
    await unavailable(token(5));
  });

  it('unchanged, on the word of somebody who signs nothing', async () => {
    await refusal(token(1));
    world.issuer.handlers.set('/v1/status-lists/digest', () => ({ status: 304, body: '' }));
    world.clock.pass(BOUND);
    await check.refresh();
    world.clock.pass(1);
    await unavailable(token(1));
  });

  it('through a redirect', async () => {
    const target = world.issuer.handlers.get('/v1/status-lists/digest');
    if (target !== undefined) world.issuer.handlers.set('/elsewhere', target);
    const headers = { location: '/elsewhere' };
    world.issuer.handlers.set('/v1/status-lists/digest', () => ({
      status: 307,
      headers,
      body: '',
    }));
    await unavailable(token(1));
    expect(world.issuer.count('/elsewhere')).toBe(0);
  });
});

describe('when the newest revocation is over', () => {
  /** For two minutes, so that every document that there was has ended. */
  const staysGood = async (text: string) => {
    for (let i = 0; i < 24; i++) {
      world.clock.pass(5);
      await check.refresh();
      expect(await refusal(text)).toBeUndefined();
    }
    expect(failures).toEqual([]);
  };

  it('by name, good tokens are taken all the time', async () => {
    lists.name({ tokens: ['over'] });
    expect(await refusal(token())).toBeUndefined();
    lists.named.tokens = [];
    lists.namedRevision = 0;
    await staysGood(token());
  });

  it('of a list, good tokens are taken all the time', async () => {
    lists.revoke(0, 9);
    lists.revoke(0, 9);
    expect(await refusal(token())).toBeUndefined();
    const list = lists.lists.get(0);
    if (list !== undefined) lists.lists.set(0, { ...list, revision: 1 });
    await staysGood(token());
  });

  describe('nothing passes for the document of now', () => {
    const named = () => refusal(token(5, 0, { jti: 'named' }));

    beforeEach(async () => {
      // Looks at everything with each refresh, when a second has passed.
      check = checkWith({ refreshEvery: 30, maxStaleness: 30 });
      verifier = world.verifierWith({ revocation: check });
      await check.refresh();
    });

    it('that is from before the one in hand', async () => {
      const replay = await lists.record('named');
      world.clock.pass(1);
      lists.name({ tokens: ['named'] });
      await check.refresh();
      lists.namedRevision = 0; // of the same number as the one from before
      replay();
      world.clock.pass(1);
      await check.refresh();
      expect(await named()).toBe('revoked');
    });

    it('that is from before and of the same number', async () => {
      const replay = await lists.record('named');
      world.clock.pass(1);
      lists.name({ tokens: ['named'] });
      lists.namedRevision = 0;
      await check.refresh();
      expect(await named()).toBe('revoked');
      replay();
      world.clock.pass(1);
      await check.refresh();
      expect(await named()).toBe('revoked');
    });

    it('that is new and not what the digest names', async () => {
      lists.name({ tokens: ['named'] });
      await check.refresh();
      world.clock.pass(5);
      lists.changes.set('named', { claims: { revision: 0, tokens: [] } });
      await check.refresh();
      expect(await named()).toBe('revoked');
    });

    it('that is what an earlier digest names, which cannot know better', async () => {
      const replay = await lists.record('digest');
      replay();
      world.clock.pass(1);
      lists.name({ tokens: ['named'] });
      await check.refresh();
      expect(await named()).toBe('revoked');
      world.clock.pass(5);
      // A replica that is behind, with a clock that is ahead.
      lists.changes.set('named', { claims: { revision: 0, tokens: [] } });
      await check.refresh();
      expect(await named()).toBe('revoked');
    });
  });
});

describe('a history that was restored', () => {
  it('is taken for what it is, once nobody can be that far behind', async () => {
    for (let i = 0; i < 9; i++) lists.revoke(0, 100 + i);
    lists.name({ tokens: ['before'] });
    await refusal(token(5));
    lists.revision = lists.namedRevision = 0;
    lists.lists.clear();
    lists.revoke(0, 5);
    lists.name({ tokens: ['after'] });
    world.clock.pass(10);
    await check.refresh();
    world.clock.pass(60);
    expect(await refusal(token(5, 0, { iat: 1_800_000_060, nbf: 1_800_000_060 }))).toBe('revoked');
    expect(await refusal(token(101))).toBeUndefined();
    expect(await refusal(token(6, 0, { jti: 'after' }))).toBe('revoked');
  });
});

describe('who fetches', () => {
  const sent = () =>
    world.issuer.seen
      .filter(({ path }) => path.startsWith('/v1/status-lists/'))
      .map(({ headers }) => headers.authorization);
  const use = (tokenOf: StatusListsOptions['token'], options: Partial<StatusListsOptions> = {}) => {
    const onFailure = (error: Error) => failures.push(error);
    check = checkWith({ onFailure, ...(tokenOf && { token: tokenOf }), ...options });
    verifier = world.verifierWith({ revocation: check });
  };
  beforeEach(() => {
    lists.revoke(0, 9);
  });

  it('says so with each document, and nowhere else', async () => {
    use(() => Promise.resolve('its.own-token_'));
    expect(await refusal(token())).toBeUndefined();
    expect(sent()).toEqual(Array(3).fill('Bearer its.own-token_'));
    const others = world.issuer.seen.filter(({ path }) => !path.startsWith('/v1/status-lists/'));
    expect(others.length).toBeGreaterThan(0);
    for (const { headers } of others) expect(headers.authorization).toBeUndefined();
  });

  it('says nothing without the option', async () => {
    expect(await refusal(token())).toBeUndefined();
    expect(sent()).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, StatusListsOptions['token']]>([
    ['rejects', () => Promise.reject(new Error('no token'))],
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['never comes', () => new Promise(() => undefined)],
    ['is none', () => Promise.resolve(undefined as unknown as string)],
    ['would break out of its header', () => Promise.resolve('x\r\nx-evil: 1')],
  ])('is not told when the token %s, and documents come all the same', async (_, tokenOf) => {
    use(tokenOf, { timeout: 0.2 });
    expect(await refusal(token())).toBeUndefined();
    expect(await refusal(token(9))).toBe('revoked');
    expect(sent()).toEqual([undefined, undefined, undefined]);
    expect(failures).toHaveLength(1);
  });

  it('fetches without the token that Signet refuses, and hears of it once', async () => {
    for (const path of ['digest', 'named', '0']) {
      const served = world.issuer.handlers.get(`/v1/status-lists/${path}`);
      world.issuer.handlers.set(`/v1/status-lists/${path}`, (request) =>
        request.headers.authorization === 'Bearer bad' || served === undefined
          ? { status: 401, body: { code: 'invalid_token' } }
          : served(request),
      );
    }
    let current = 'bad';
    use(() => Promise.resolve(current));
    expect(await refusal(token())).toBeUndefined();
    await check.refresh();
    expect(failures).toHaveLength(1);
    current = 'good';
    await check.refresh();
    current = 'bad';
    await check.refresh();
    expect(failures).toHaveLength(2); // it had worked in between
    expect(await refusal(token())).toBeUndefined();
  });

  it('does not fetch twice when Signet is down', async () => {
    use(() => Promise.resolve('good'));
    lists.fail();
    await check.refresh();
    expect(sent()).toEqual(['Bearer good']);
  });
});

describe('a token', () => {
  it.each([
    ['without a status', undefined],
    ['whose status is elsewhere', 'https://evil.example.com/v1/status-lists/0'],
    ['whose status is not where lists are', 'ISSUER/oauth/token'],
    ['whose list has no number', 'ISSUER/v1/status-lists/digest'],
    ['whose list is spelled in another way', 'ISSUER/v1/status-lists/00'],
    ['whose list is above another', 'ISSUER/v1/status-lists/../0'],
  ])('%s is refused, and nobody is asked', async (_, uri) => {
    await refusal(token());
    const before = world.issuer.seen.length;
    const status =
      uri === undefined
        ? undefined
        : { status_list: { idx: 5, uri: uri.replace('ISSUER', world.issuer.url) } };
    expect(await refusal(world.token({ status }))).toBe('unknown_status');
    expect(world.issuer.seen).toHaveLength(before);
  });

  it('whose index is behind the end of its list is refused', async () => {
    lists.revoke(0, 9);
    expect(await refusal(token(131_072))).toBe('unknown_status');
  });

  it('that is forged makes nobody ask', async () => {
    const [header, payload] = token().split('.');
    const forged = `${header}.${payload}.${'A'.repeat(86)}`;
    expect(await refusal(forged)).toBe('bad_signature');
    expect(lists.requests).toBe(0);
  });

  it('of another issuer is not judged by these lists', async () => {
    const { claims } = await world.verifier.verify(token());
    const another = { ...claims, iss: 'https://another.example.com' };
    await expect(check.isRevoked(another, { kid: key.kid })).rejects.toThrow('Only');
  });
});

describe('options', () => {
  it.each([
    { refreshEvery: 0 },
    { refreshEvery: Number.NaN },
    { refreshEvery: 30 }, // above the bound
    { maxStaleness: -1 },
    { leeway: 61 },
    { issuer: 'http://signet.example.com' },
  ])('that make no sense are a TypeError: %p', (options) => {
    expect(() => checkWith(options)).toThrow(TypeError);
  });
});

describe('in the background', () => {
  it('refreshes by itself until it is closed', async () => {
    const eager = checkWith({ refreshEvery: 0.1 });
    const by = world.verifierWith({ revocation: eager });
    expect(await refusal(token(), by)).toBeUndefined();
    lists.revoke(0, 5);
    while ((await refusal(token(), by)) !== 'revoked') {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    eager.close();
    await eager.refresh();
    const { requests } = lists;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lists.requests).toBe(requests);
  });
});
