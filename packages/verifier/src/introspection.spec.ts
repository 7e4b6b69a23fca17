import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer } from '../test/support/issuer.js';
import { makeKey } from '../test/support/keys.js';
import { World } from '../test/support/world.js';
import { RevocationUnavailable } from './errors.js';
import { introspection } from './introspection.js';
import type { IntrospectionOptions } from './introspection.js';
import type { Verifier } from './verifier.js';

const PATH = '/oauth/introspect';
const key = makeKey();

let world: World;
/** Ids of tokens that were revoked at the issuer. */
let revoked: Set<string>;
let verifier: Verifier;

function verifierWith(options: Partial<IntrospectionOptions> = {}): Verifier {
  const jwksUri = `${world.issuer.url}/jwks`; // found also when the metadata are not
  const revocation = introspection({
    issuer: world.issuer.url,
    clientId: 'billing service',
    clientSecret: 'a:b&c=ü',
    clock: world.clock,
    ...options,
  } as IntrospectionOptions); // the tests' own mixtures
  return world.verifierWith({ revocation, jwksUri });
}

beforeEach(async () => {
  world = await World.start({}, key);
  revoked = new Set();
  world.issuer.handlers.set(PATH, ({ form }) => {
    const [, payload = ''] = (form.get('token') ?? '').split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
    return { body: { active: !revoked.has(jti) } };
  });
  verifier = verifierWith();
});
afterEach(() => world.issuer.stop());

const check = (jti = 'one', by = verifier) => world.refusal(world.token({ jti }), {}, by);
const asked = () => world.issuer.count(PATH);

describe('introspection', () => {
  it('refuses what the issuer calls inactive', async () => {
    revoked.add('one');
    expect(await check('one')).toBe('revoked');
    expect(await check('two')).toBeUndefined();
  });

  it('asks as RFC 7662 2.1 and RFC 6749 2.3.1 say', async () => {
    const token = world.token();
    await world.refusal(token, {}, verifier);
    const request = world.issuer.seen.find(({ path }) => path === PATH);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from('billing+service:a%3Ab%26c%3D%C3%BC').toString('base64')}`,
    });
    expect([...(request?.form.entries() ?? [])]).toEqual([
      ['token', token],
      ['token_type_hint', 'access_token'],
    ]);
  });

  it('asks at an address that is given', async () => {
    const given = verifierWith({
      issuer: undefined,
      endpoint: `${world.issuer.url}${PATH}`,
    } as object);
    revoked.add('one');
    expect(await check('one', given)).toBe('revoked');
  });

  it('sends credentials nowhere in the clear', () => {
    const endpoint = 'http://signet.example.com/oauth/introspect';
    expect(() => verifierWith({ issuer: undefined, endpoint } as object)).toThrow(/https/);
  });

  it('believes an answer for a while, counted from the question', async () => {
    await check();
    revoked.add('one');
    world.clock.ticks += 4999;
    expect(await check()).toBeUndefined();
    world.clock.ticks += 1;
    expect(await check()).toBe('revoked');
    expect(asked()).toBe(2);
  });

  it('asks for every request when told so', async () => {
    const eager = verifierWith({ cacheFor: 0 });
    await check('one', eager);
    revoked.add('one');
    expect(await check('one', eager)).toBe('revoked');
  });

  it('asks once for a token however many requests bring it at once', async () => {
    const token = world.token();
    await Promise.all(Array.from({ length: 50 }, () => world.refusal(token, {}, verifier)));
    expect(asked()).toBe(1);
  });

  it('takes one token never for another', async () => {
    revoked.add('two');
    expect([await check('one'), await check('two'), await check('one')]).toEqual([
      undefined,
      'revoked',
      undefined,
    ]);
  });

  it('takes a token whose signature is spelled differently for what it is', async () => {
    const open = verifierWith({ failOpen: true });
    const [header = '', payload = '', signature = ''] = world.token({ jti: 'one' }).split('.');
    const r = Buffer.from(signature, 'base64url').subarray(0, 32);
    const s = BigInt(`0x${Buffer.from(signature, 'base64url').subarray(32).toString('hex')}`);
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const twin = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
    const respelled = `${header}.${payload}.${Buffer.concat([r, twin]).toString('base64url')}`;
    expect(await world.refusal(respelled)).toBeUndefined(); // as good as the first
    revoked.add('one');
    expect(await world.refusal(`${header}.${payload}.${signature}`, {}, open)).toBe('revoked');
    world.issuer.fail(PATH);
    expect(await world.refusal(respelled, {}, open)).toBe('revoked');
  });

  it('asks one issuer about its own tokens only', async () => {
    const other = await World.start({}, makeKey());
    const onFailure = () => {
      throw new Error('not a failure of the issuer');
    };
    const revocation = introspection({
      issuer: world.issuer.url,
      clientId: 'billing',
      clientSecret: 'secret',
      failOpen: true,
      onFailure,
    });
    const both = world.verifierWith({
      issuer: undefined,
      issuers: [{ issuer: world.issuer.url }, { issuer: other.issuer.url }],
      revocation,
    } as object);
    expect(await world.refusal(world.token(), {}, both)).toBeUndefined();
    const asked = world.issuer.seen.length;
    await expect(world.refusal(other.token(), {}, both)).rejects.toThrow('Only');
    await expect(world.refusal(other.token(), {}, both)).rejects.toBeInstanceOf(
      RevocationUnavailable,
    );
    expect(world.issuer.seen).toHaveLength(asked);
    await other.issuer.stop();
  });

  it('keeps a bounded number of answers', async () => {
    let calls = 0;
    const check = introspection({
      endpoint: `https://id.example.com${PATH}`,
      clientId: 'x',
      clientSecret: 'x',
      clock: world.clock,
      fetch: () => {
        calls++;
        return Promise.resolve(Response.json({ active: true }));
      },
    });
    const { claims } = await world.verifier.verify(world.token());
    const ask = (i: number) => check.isRevoked(claims, { token: `${i}.signature`, kid: 'x' });
    for (let i = 0; i <= 10_000; i++) await ask(i);
    await ask(10_000);
    await ask(1);
    expect(calls).toBe(10_001);
    await ask(0); // the oldest had to go
    expect(calls).toBe(10_002);
  });
});

describe('without an answer', () => {
  it.each([
    ['an error', { status: 500, body: { active: true } }],
    ['a refusal of our own credentials', { status: 401, body: { error: 'invalid_client' } }],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' }, body: {} }],
    ['no word about it', { body: {} }],
    ['a word that is no boolean', { body: { active: 'true' } }],
    ['a list', { body: [true] }],
    ['no JSON', { body: 'active' }],
  ])('a token is not accepted: %s', async (_, answer) => {
    world.issuer.handlers.set('/elsewhere', () => ({ body: { active: true } }));
    world.issuer.handlers.set(PATH, () => answer);
    await expect(check()).rejects.toBeInstanceOf(RevocationUnavailable);
    expect(world.issuer.count('/elsewhere')).toBe(0);
  });

  it('a token is accepted by choice, and somebody is told', async () => {
    const told: unknown[] = [];
    const open = verifierWith({ failOpen: true, onFailure: (error) => told.push(error) });
    world.issuer.fail(PATH);
    expect(await check('one', open)).toBeUndefined();
    expect(told).toEqual([expect.any(RevocationUnavailable)]);
  });

  describe('by choice', () => {
    const told: RevocationUnavailable[] = [];
    const openTo = (answer: Answer, path = PATH) => {
      world.issuer.handlers.set(path, () => answer);
      told.length = 0;
      return check('one', verifierWith({ failOpen: true, onFailure: (one) => told.push(one) }));
    };
    const METADATA = '/.well-known/oauth-authorization-server';

    it.each([
      ['an error', { status: 500, body: {} }],
      ['a proxy in between', { status: 502, body: '<html>' }],
      ['a pause', { status: 503, body: { error: 'temporarily_unavailable' } }],
      ['too many questions', { status: 429, body: {} }],
    ])('a token is accepted: %s', async (_, answer) => {
      expect(await openTo(answer)).toBeUndefined();
      expect(await openTo(answer, METADATA)).toBeUndefined();
      expect(told).toHaveLength(1);
    });

    it.each([
      ['a refusal of our own credentials', { status: 401, body: { error: 'invalid_client' } }],
      ['a refusal without JSON', { status: 403, body: 'no' }],
      ['another address', { status: 404, body: '<html>' }],
      ['a redirect', { status: 307, headers: { location: '/elsewhere' }, body: {} }],
      ['no word about it', { body: {} }],
      ['no JSON', { body: 'active' }],
    ])('a token is not accepted: %s', async (_, answer) => {
      await expect(openTo(answer)).rejects.toBeInstanceOf(RevocationUnavailable);
      await expect(openTo(answer, METADATA)).rejects.toBeInstanceOf(RevocationUnavailable);
      expect(told).toHaveLength(1);
    });

    it('a token is accepted when the answer takes too long', async () => {
      const open = verifierWith({ failOpen: true, timeout: 0.1 });
      world.issuer.handlers.set(PATH, () => new Promise(() => undefined));
      expect(await check('one', open)).toBeUndefined();
    });
  });

  it('what is known to be revoked stays so as long as it is believed', async () => {
    revoked.add('one');
    const open = verifierWith({ failOpen: true });
    expect(await check('one', open)).toBe('revoked');
    world.issuer.fail(PATH);
    expect(await check('one', open)).toBe('revoked');
  });

  it('it asks again with the next request', async () => {
    const mend = world.issuer.fail(PATH);
    await expect(check()).rejects.toBeInstanceOf(RevocationUnavailable);
    mend();
    expect(await check()).toBeUndefined();
  });

  it('it looks for the endpoint again, which may have moved', async () => {
    await check();
    world.issuer.fail(PATH);
    world.clock.ticks += 5000;
    await expect(check()).rejects.toBeInstanceOf(RevocationUnavailable);
    world.issuer.handlers.set('/moved', () => ({ body: { active: true } }));
    const body = {
      ...world.issuer.metadata(),
      introspection_endpoint: `${world.issuer.url}/moved`,
    };
    world.issuer.handlers.set('/.well-known/oauth-authorization-server', () => ({ body }));
    expect(await check()).toBeUndefined();
  });
});
