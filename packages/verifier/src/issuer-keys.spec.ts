import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeKey } from '../test/support/keys.js';
import { claimsOf, signed } from '../test/support/tokens.js';
import { World } from '../test/support/world.js';
import { KeysUnavailable } from './errors.js';

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.issuer.stop());

const good = () => world.refusal(world.token());
const madeUp = (n: number) => world.refusal(world.token({}, { kid: `made-up-${n}` }));
const fetches = () => world.issuer.count('/jwks');
describe('the keys of an issuer', () => {
  it('are fetched when the first token comes, once for all that come meanwhile', async () => {
    expect(world.issuer.seen).toEqual([]);
    expect(await Promise.all(Array.from({ length: 50 }, good))).toEqual(Array(50).fill(undefined));
    expect(world.issuer.seen.map(({ path }) => path)).toEqual([
      '/.well-known/oauth-authorization-server',
      '/jwks',
    ]);
  });

  it('are kept as long as the answer says', async () => {
    await good();
    world.clock.ticks += 299_999;
    await good();
    expect(fetches()).toBe(1);
    world.clock.ticks += 1;
    await good();
    expect(fetches()).toBe(2);
  });

  it.each([
    ['public, max-age=100000', 600],
    ['max-age=0', 30],
    ['no-store', 30],
    ['s-maxage=9, max-age="120"', 120],
    ['x-max-age=77', 300],
    [undefined, 300],
  ])('are kept within bounds whatever the answer says: %s, %d s', async (said, seconds) => {
    world.issuer.cacheControl = said;
    await good();
    world.clock.ticks += seconds * 1000 - 1;
    await good();
    expect(fetches()).toBe(1);
    world.clock.ticks += 1;
    await good();
    expect(fetches()).toBe(2);
  });

  it('count the age that a cache on the way reports', async () => {
    world.issuer.handlers.set('/jwks', () => ({
      body: { keys: world.issuer.keys },
      headers: { 'cache-control': 'max-age=300', age: '200' },
    }));
    await good();
    world.clock.ticks += 100_000;
    await good();
    expect(fetches()).toBe(2);
  });

  it('are not fetched because a token names a key that nobody knows, but once a cooldown', async () => {
    await good();
    for (let i = 0; i < 100; i++) expect(await madeUp(i)).toBe('unknown_key');
    expect(fetches()).toBe(1);
    world.clock.ticks += 30_000;
    await Promise.all(Array.from({ length: 100 }, (_, i) => madeUp(i)));
    for (let i = 0; i < 100; i++) expect(await madeUp(i)).toBe('unknown_key');
    expect(fetches()).toBe(2);
  });

  it('age from when they were asked for, not from when they came', async () => {
    world.issuer.handlers.set('/jwks', () => {
      world.clock.ticks += 4000; // the answer is slow
      return { body: { keys: world.issuer.keys }, headers: { 'cache-control': 'max-age=300' } };
    });
    await good();
    world.clock.ticks += 296_000;
    await good();
    expect(fetches()).toBe(2);
  });

  it('are found when a new one signs', async () => {
    await good();
    const next = makeKey();
    world.issuer.keys = [...world.issuer.keys, next.jwk];
    const token = signed(next, claimsOf(world.issuer.url));
    expect(await world.refusal(token)).toBe('unknown_key');
    world.clock.ticks += 30_000;
    expect(await world.refusal(token)).toBeUndefined();
  });

  it('are gone when they vanished from the set', async () => {
    await good();
    world.issuer.keys = [];
    world.clock.ticks += 300_000;
    expect(await good()).toBe('unknown_key');
  });

  it('are those at a given address, without asking for metadata', async () => {
    const verifier = world.verifierWith({ jwksUri: `${world.issuer.url}/jwks` });
    expect(await world.refusal(world.token(), {}, verifier)).toBeUndefined();
    expect(world.issuer.count('/.well-known/oauth-authorization-server')).toBe(0);
  });

  it('are fetched through a fetch of one’s own', async () => {
    const asked: string[] = [];
    const fetch = (url: string, init: RequestInit) => {
      asked.push(url);
      return globalThis.fetch(url, init);
    };
    await world.verifierWith({ fetch }).ready();
    expect(asked).toEqual([
      `${world.issuer.url}/.well-known/oauth-authorization-server`,
      `${world.issuer.url}/jwks`,
    ]);
  });
});

describe('when the issuer is down', () => {
  it('the last known keys serve on for a bounded time, and no request waits for it', async () => {
    await good();
    world.issuer.fail();
    world.clock.pass(300);
    const token = world.token({ iat: 1_800_000_300, exp: 1_800_000_900 });
    expect(await world.refusal(token)).toBeUndefined();
    expect(fetches()).toBe(2); // tried, and failed
    world.issuer.handlers.set('/jwks', () => new Promise(() => {})); // now it hangs
    world.clock.ticks += 5000;
    expect(await world.refusal(token)).toBeUndefined();
    world.clock.ticks += 3_595_000 - 1;
    expect(await world.refusal(token)).toBeUndefined();
  });

  it('it cannot be known in the end, and that is not a refusal', async () => {
    await good();
    world.issuer.fail();
    world.clock.ticks += 3_900_000;
    const failed = world.verifier.verify(world.token());
    await expect(failed).rejects.toBeInstanceOf(KeysUnavailable);
    await expect(failed).rejects.toMatchObject({ retryAfter: 5, cause: expect.any(Error) });
  });

  it('a key that nobody knows yet may be a new one: that cannot be known either', async () => {
    await good();
    const mend = world.issuer.fail();
    world.clock.ticks += 30_000;
    await expect(madeUp(1)).rejects.toBeInstanceOf(KeysUnavailable);
    await expect(madeUp(2)).rejects.toBeInstanceOf(KeysUnavailable);
    expect(await good()).toBeUndefined(); // the set is fresh all the same
    mend();
    world.clock.ticks += 5000;
    expect(await madeUp(3)).toBe('unknown_key');
  });

  it('it is asked again after a while, not for each request', async () => {
    const mend = world.issuer.fail();
    for (let i = 0; i < 20; i++) await expect(good()).rejects.toBeInstanceOf(KeysUnavailable);
    expect(fetches()).toBe(1);
    mend();
    world.clock.ticks += 5000;
    expect(await good()).toBeUndefined();
  });

  it('it is asked in the background while the keys serve on, and a vanished one goes then', async () => {
    await good();
    const mend = world.issuer.fail();
    world.clock.ticks += 300_000;
    expect(await good()).toBeUndefined();
    mend();
    world.issuer.keys = [makeKey().jwk];
    world.clock.ticks += 5000;
    expect(await good()).toBeUndefined();
    while ((await good()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await good()).toBe('unknown_key');
    expect(fetches()).toBe(3);
  });

  it('an answer that does not come is waited for no longer than the timeout', async () => {
    world.issuer.handlers.set('/jwks', () => new Promise(() => {}));
    const verifier = world.verifierWith({ timeout: 0.2 });
    const began = performance.now();
    await expect(verifier.verify(world.token())).rejects.toBeInstanceOf(KeysUnavailable);
    expect(performance.now() - began).toBeLessThan(4500); // without it, five seconds
  });
});

describe('what is no answer of the issuer', () => {
  it.each([
    ['metadata of another issuer', { issuer: 'https://other.example.com' }],
    ['metadata of nearly this issuer', { issuer: 'http://127.0.0.1' }],
    ['metadata without an issuer', { issuer: undefined }],
    ['metadata without keys', { jwks_uri: undefined }],
    ['keys that are no address', { jwks_uri: ['x'] }],
  ])('is refused: %s', async (_, changed) => {
    const body = { ...world.issuer.metadata(), ...changed };
    world.issuer.handlers.set('/.well-known/oauth-authorization-server', () => ({ body }));
    await expect(good()).rejects.toBeInstanceOf(KeysUnavailable);
    expect(fetches()).toBe(0);
  });

  it.each([
    ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: {} }],
    ['an error with a body', { status: 500, body: { keys: [] } }],
    ['no JSON', { body: '<html>' }],
    ['nothing', { body: '' }],
    ['a list', { body: [] }],
    ['no list', { body: { keys: {} } }],
    ['too much', { body: JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) }) }],
  ])('is refused: %s instead of keys', async (_, answer) => {
    world.issuer.handlers.set('/elsewhere', () => ({ body: { keys: world.issuer.keys } }));
    world.issuer.handlers.set('/jwks', () => answer);
    await expect(good()).rejects.toBeInstanceOf(KeysUnavailable);
    expect(world.issuer.count('/elsewhere')).toBe(0);
  });
});

describe('an address that the metadata names', () => {
  it('is not asked in the clear, not even for public keys: they could be replaced on the way', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      const isMetadata = url.includes('well-known');
      const metadata = { ...world.issuer.metadata(), jwks_uri: 'http://keys.example.com/jwks' };
      return Promise.resolve(Response.json(isMetadata ? metadata : { keys: world.issuer.keys }));
    };
    const verifier = world.verifierWith({ fetch });
    await expect(verifier.verify(world.token())).rejects.toBeInstanceOf(KeysUnavailable);
    expect(asked).toEqual([`${world.issuer.url}/.well-known/oauth-authorization-server`]);
    const trusting = world.verifierWith({ fetch, allowHttp: true });
    expect(await world.refusal(world.token(), {}, trusting)).toBeUndefined();
  });
});

describe('an issuer with a path', () => {
  it('has its metadata between host and path (RFC 8414 3.1)', async () => {
    const issuer = `${world.issuer.url}/signet`;
    world.issuer.handlers.set('/.well-known/oauth-authorization-server/signet', () => ({
      body: { ...world.issuer.metadata(), issuer },
    }));
    const verifier = world.verifierWith({ issuer });
    expect(await world.refusal(world.token({ iss: issuer }), {}, verifier)).toBeUndefined();
  });
});

describe('ready', () => {
  it('fetches the keys before the first token comes', async () => {
    await world.verifier.ready();
    expect(fetches()).toBe(1);
    world.issuer.fail();
    await world.verifier.ready();
    expect(await good()).toBeUndefined();
    expect(fetches()).toBe(1);
  });

  it('says why there are none', async () => {
    world.issuer.fail();
    await expect(world.verifier.ready()).rejects.toMatchObject({
      name: 'KeysUnavailable',
      cause: { message: expect.stringContaining('answered 502') },
    });
  });
});
