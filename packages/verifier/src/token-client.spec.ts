import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestIssuer } from '../test/support/issuer.js';
import { makeKey } from '../test/support/keys.js';
import { AUDIENCE } from '../test/support/tokens.js';
import { TestClock } from '../test/support/world.js';
import { TokenRequestFailed, createTokenClient } from './token-client.js';

const PATH = '/oauth/token';

let issuer: TestIssuer;
let clock: TestClock;
/** Seconds that each token lives. */
let lifetime: number;
beforeEach(async () => {
  issuer = await TestIssuer.start();
  clock = new TestClock();
  lifetime = 600;
  let made = 0;
  issuer.handlers.set(PATH, () => ({
    body: { access_token: `token-${++made}`, token_type: 'Bearer', expires_in: lifetime },
  }));
});
afterEach(() => issuer.stop());

const clientWith = (options: object = {}) =>
  createTokenClient({
    issuer: issuer.url,
    clientId: 'worker',
    clientSecret: 'secret',
    clock,
    ...options,
  }); // the tests' own mixtures
const asked = () => issuer.count(PATH);
const request = () => issuer.seen.find(({ path }) => path === PATH);

describe('a token client', () => {
  it('asks for what it is configured for', async () => {
    const client = clientWith({ resource: AUDIENCE, scope: ['read', 'refund'] });
    expect(await client.token()).toBe('token-1');
    expect(request()?.headers['authorization']).toBe(`Basic ${btoa('worker:secret')}`);
    expect(Object.fromEntries(request()?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      resource: AUDIENCE,
      scope: 'read refund',
    });
  });

  it('asks at an address that is given', async () => {
    const client = clientWith({ issuer: undefined, tokenEndpoint: `${issuer.url}${PATH}` });
    expect(await client.token()).toBe('token-1');
    expect(issuer.seen).toHaveLength(1);
  });

  it('sends its secret nowhere in the clear', () => {
    const elsewhere = { issuer: undefined, tokenEndpoint: 'http://signet.example.com/oauth/token' };
    expect(() => clientWith(elsewhere)).toThrow(/https/);
  });

  it('proves who it is with a private key', async () => {
    const key = makeKey();
    const privateKey = { ...key.privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'mine' };
    await clientWith({ clientSecret: undefined, privateKey }).token();
    const { client_assertion: assertion = '', ...rest } = Object.fromEntries(request()?.form ?? []);
    expect(request()?.headers['authorization']).toBeUndefined();
    expect(rest).toEqual({
      grant_type: 'client_credentials',
      client_id: 'worker',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'ES256', kid: 'mine', typ: 'JWT' });
    expect(read(payload)).toEqual({
      iss: 'worker',
      sub: 'worker',
      aud: issuer.url,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: 1_800_000_000,
      exp: 1_800_000_060,
    });
    const publicKey = {
      key: createPublicKey(key.publicKey.export({ type: 'spki', format: 'pem' })),
      dsaEncoding: 'ieee-p1363',
    } as const;
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('keeps a token until shortly before its end', async () => {
    const client = clientWith();
    await client.token();
    clock.ticks += 569_999;
    expect(await client.token()).toBe('token-1');
    clock.ticks += 1;
    expect(await client.token()).toBe('token-2');
    expect(asked()).toBe(2);
  });

  it('keeps a short-lived token for half its life, not for none', async () => {
    lifetime = 20;
    const client = clientWith();
    await client.token();
    clock.ticks += 9_999;
    expect(await client.token()).toBe('token-1');
    clock.ticks += 1;
    expect(await client.token()).toBe('token-2');
  });

  it('asks once for however many callers', async () => {
    const client = clientWith();
    const first = await Promise.all(Array.from({ length: 50 }, () => client.token()));
    clock.ticks += 600_000;
    const second = await Promise.all(Array.from({ length: 50 }, () => client.token()));
    expect(new Set(first)).toEqual(new Set(['token-1']));
    expect(new Set(second)).toEqual(new Set(['token-2']));
    expect(asked()).toBe(2);
  });

  it('goes on with a token that is still good when no other can be had', async () => {
    const client = clientWith();
    await client.token();
    const mend = issuer.fail(PATH);
    clock.ticks += 599_999;
    expect(await client.token()).toBe('token-1');
    clock.ticks += 1;
    await expect(client.token()).rejects.toBeInstanceOf(TokenRequestFailed);
    mend();
    expect(await client.token()).toBe('token-2');
  });

  it('forgets a token that a service refused, once', async () => {
    const client = clientWith();
    const refused = await client.token();
    client.forget(refused);
    expect(await client.token()).toBe('token-2');
    client.forget(refused); // somebody else's refusal of the same token, later
    expect(await client.token()).toBe('token-2');
  });

  it('looks for the endpoint again after a failure: it may have moved', async () => {
    const client = clientWith();
    issuer.fail(PATH);
    await expect(client.token()).rejects.toBeInstanceOf(TokenRequestFailed);
    issuer.handlers.set('/moved', () => ({ body: { access_token: 'moved', expires_in: 600 } }));
    const body = { ...issuer.metadata(), token_endpoint: `${issuer.url}/moved` };
    issuer.handlers.set('/.well-known/oauth-authorization-server', () => ({ body }));
    expect(await client.token()).toBe('moved');
  });

  it('says what the issuer said', async () => {
    issuer.handlers.set(PATH, () => ({
      status: 401,
      body: { error: 'invalid_client', error_description: 'The credential has expired' },
    }));
    await expect(clientWith().token()).rejects.toMatchObject({
      name: 'TokenRequestFailed',
      message: 'The token endpoint answered 401 invalid_client The credential has expired',
      status: 401,
      error: 'invalid_client',
    });
  });

  it.each([
    ['no token', { body: { expires_in: 600 } }],
    ['no lifetime', { body: { access_token: 'x' } }],
    ['no object', { body: 'null' }],
  ])('takes nothing else for a token: %s', async (_, answer) => {
    issuer.handlers.set(PATH, () => answer);
    await expect(clientWith().token()).rejects.toBeInstanceOf(TokenRequestFailed);
  });
});
