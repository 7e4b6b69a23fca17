import { generateKeyPairSync } from 'node:crypto';
import { request as send } from 'node:http';
import {
  compactDecrypt,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  jwtVerify,
} from 'jose';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { statusLists } from '../../../verifier/src/status-lists/status-lists.js';
import { createVerifier } from '../../../verifier/src/verifier.js';
import { readToken } from '../jws.js';
import type { Json } from '../jws.js';
import { createMockIssuer, startMockIssuer } from './mock-issuer.js';
import type { MockIssuer } from './mock-issuer.js';
import { TestClock } from './test-clock.js';
import { DEFAULT_SUBJECT } from './token-request.js';

const ISSUER = 'https://id.example.com';
const AUDIENCE = 'https://notes.example.com';
const CLIENT = { client_id: 'notes', client_secret: 'secret' };

let mock: MockIssuer;
beforeEach(async () => {
  mock = await createMockIssuer({ issuer: ISSUER, audience: AUDIENCE });
});
afterEach(() => mock.close());

const post = (path: string, form: Record<string, string>, init: RequestInit = {}) =>
  mock.fetch(`${mock.issuer}${path}`, { method: 'POST', body: new URLSearchParams(form), ...init });
const introspect = async (token: string): Promise<Json> =>
  (await (await post('/oauth/introspect', { token, ...CLIENT })).json()) as Json;
const isActive = async (token: string) => (await introspect(token))['active'];
const claimsOf = (token: string) => readToken(token).claims;

describe('a mock issuer', () => {
  it('says who it is for, unless it is asked for somebody else', () => {
    expect(claimsOf(mock.token())).toMatchObject({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: DEFAULT_SUBJECT,
    });
    expect(claimsOf(mock.token({ audience: ISSUER }))).toMatchObject({ aud: ISSUER });
  });

  it('is believed by a library that knows the standards only, through its fetch', async () => {
    const keys = createRemoteJWKSet(new URL(mock.jwksUri), { [customFetch]: mock.fetch });
    const expected = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' };
    const { payload } = await jwtVerify(mock.token({ sub: 'ada' }), keys, expected);
    expect(payload.sub).toBe('ada');
    for (const { token } of mock.badTokens().filter(({ name }) => KNOWN_TO_JOSE.has(name)))
      await expect(jwtVerify(token, keys, expected)).rejects.toThrow();
  });

  it('is believed by one that takes the keys directly', async () => {
    const keys = createLocalJWKSet({ keys: mock.jwks.keys.map((key) => ({ ...key, kty: 'EC' })) });
    expect((await jwtVerify(mock.token(), keys)).payload.aud).toBe(AUDIENCE);
  });

  it('answers for itself only, so that a test reaches nobody else', async () => {
    for (const url of ['https://example.com/', `${ISSUER}.evil.example/`, `${ISSUER}:8443/`])
      await expect(mock.fetch(url)).rejects.toThrow(`answers for ${ISSUER} only`);
    expect((await mock.fetch(`${ISSUER}/elsewhere`)).status).toBe(404);
  });

  it('may have a path, behind which its metadata are to be found (RFC 8414 3.1)', async () => {
    const issuer = `${ISSUER}/auth`;
    mock = await createMockIssuer({ issuer });
    for (const path of [
      `${ISSUER}/.well-known/oauth-authorization-server/auth`,
      `${issuer}/.well-known/oauth-authorization-server`,
    ])
      expect(await (await mock.fetch(path)).json()).toMatchObject({ issuer });
    expect(await (await mock.fetch(mock.jwksUri)).json()).toEqual(mock.jwks);
    expect(await isActive(mock.token())).toBe(true);
  });

  it('lives by the clock that it was given', async () => {
    const clock = new TestClock(new Date('2030-01-01T00:00:00Z'));
    mock = await createMockIssuer({ clock, lifetime: 60 });
    const token = mock.token();
    const begin = Date.UTC(2030, 0, 1) / 1000;
    expect(claimsOf(token)).toMatchObject({ iat: begin, nbf: begin, exp: begin + 60 });
    expect(await isActive(token)).toBe(true);
    clock.advance(65);
    expect(await isActive(token)).toBe(false);
    clock.advance(-10);
    expect(await isActive(token)).toBe(true);
  });

  it('lives by the system clock otherwise, also when that is faked', () => {
    const real = Date.now;
    try {
      Date.now = () => 1_900_000_000_000;
      expect(claimsOf(mock.token())['iat']).toBe(1_900_000_000);
    } finally {
      Date.now = real;
    }
  });
});

/** Those that jose refuses when it is told issuer, audience and type; it has no cap on lifetimes and asks nobody. */
const KNOWN_TO_JOSE = new Set([
  'expired',
  'notYetValid',
  'wrongAudience',
  'wrongIssuer',
  'tampered',
  'unsigned',
  'algNone',
  'keyConfused',
  'unknownKey',
  'foreignKey',
  'embeddedKey',
  'criticalExtension',
  'withoutType',
  'refreshToken',
]);

describe('revoking', () => {
  it('takes one token', async () => {
    const [token, other] = [mock.token(), mock.token()];
    mock.revoke(token);
    expect([await isActive(token), await isActive(other)]).toEqual([false, true]);
  });

  it('takes everything of a session, the refresh token too', async () => {
    const sessionId = '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d';
    const tokens = [mock.token({ sessionId }), mock.refreshToken({ sessionId })];
    for (const token of tokens) expect(await isActive(token)).toBe(true);
    mock.revokeSession(sessionId);
    for (const token of tokens) expect(await isActive(token)).toBe(false);
  });

  it('of a refresh token takes its session', async () => {
    const sessionId = '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d';
    const [token, refresh] = [mock.token({ sessionId }), mock.refreshToken({ sessionId })];
    mock.revoke(refresh);
    expect([await isActive(token), await isActive(refresh)]).toEqual([false, false]);
  });

  it('takes what was issued to somebody so far, and nothing later', async () => {
    const [before, other] = [mock.token({ sub: 'ada' }), mock.token({ sub: 'grace' })];
    mock.revokeSubject('ada');
    const after = mock.token({ sub: 'ada' });
    expect([await isActive(before), await isActive(other), await isActive(after)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('takes what somebody acts with', async () => {
    const token = mock.token({ sub: 'ada', clientId: 'agent', actor: 'agent' });
    expect(await isActive(token)).toBe(true);
    mock.revokeSubject('agent');
    expect(await isActive(token)).toBe(false);
  });

  it('needs a token to take', () => {
    expect(() => mock.revoke('garbage')).toThrow();
    expect(() => mock.revoke(mock.token().replace(/\..*\./, '.e30.'))).toThrow('without "jti"');
  });
});

describe('a token that is encrypted for the resource', () => {
  it.each([
    ['EC', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('is the signed one to whoever has the private key: %s', async (_, generate) => {
    const { publicKey, privateKey } = generate();
    const token = mock.expired();
    const encrypted = await mock.encrypted(token, publicKey.export({ format: 'jwk' }));
    const { plaintext, protectedHeader } = await compactDecrypt(encrypted, privateKey);
    expect(new TextDecoder().decode(plaintext)).toBe(token);
    expect(protectedHeader).toMatchObject({ typ: 'at+jwt', cty: 'JWT', enc: 'A256GCM' });
  });

  it('needs a public key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = privateKey.export({ format: 'jwk' });
    await expect(mock.encrypted(mock.token(), jwk)).rejects.toThrow('The key has private members');
  });
});

describe('its endpoints', () => {
  it('give a client that names no resource a token for Signet itself, which services refuse', async () => {
    const answer = await post('/oauth/token', { grant_type: 'client_credentials', ...CLIENT });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(claimsOf(token)).toMatchObject({ sub: 'notes', aud: ISSUER });
  });

  it('give a client a token for the resource it names', async () => {
    const answer = await post('/oauth/token', {
      grant_type: 'client_credentials',
      resource: AUDIENCE,
      scope: 'read write',
      ...CLIENT,
    });
    const body = (await answer.json()) as { access_token: string };
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'read write' });
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'notes',
      client_id: 'notes',
      aud: AUDIENCE,
      scope: 'read write',
    });
    expect(await isActive(body.access_token)).toBe(true);
  });

  it.each([
    ['a service that acts for a person', CLIENT, { client_id: 'notes', act: { sub: 'notes' } }],
    ['a person', {}, { client_id: 'signet' }],
  ])('exchange a token for %s', async (_, client, expected) => {
    const subject = mock.token({ sub: 'ada', audience: ISSUER, authTime: 1_700_000_000 });
    const answer = await post('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: AUDIENCE,
      ...client,
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const { sid } = claimsOf(subject);
    const common = { sub: 'ada', aud: AUDIENCE, sid, auth_time: 1_700_000_000, amr: ['pwd'] };
    expect(claimsOf(token)).toMatchObject({ ...common, ...expected });
    expect(claimsOf(token)['act'] === undefined).toBe(!('client_id' in client));
  });

  it('exchange nothing that is not good', async () => {
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      resource: AUDIENCE,
      ...CLIENT,
    };
    for (const token of [mock.expired(), mock.revoked(), mock.token({ actor: 'agent' }), '']) {
      const answer = await post('/oauth/token', { ...form, subject_token: token });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('revoke', async () => {
    const token = mock.token();
    expect((await post('/oauth/revoke', { token, ...CLIENT })).status).toBe(200);
    expect(await isActive(token)).toBe(false);
    expect((await post('/oauth/revoke', { token: 'garbage', ...CLIENT })).status).toBe(200);
  });

  it('tell of an active token what Signet tells, and of another nothing', async () => {
    const token = mock.token({ userClaims: { team: 'a' }, roles: ['editor'] });
    const { user_claims: _, ver: __, status: ___, ...told } = claimsOf(token);
    expect(await introspect(token)).toEqual({ active: true, token_type: 'Bearer', ...told });
    expect(await introspect(mock.tampered())).toEqual({ active: false });
    expect(await introspect(mock.refreshToken())).not.toHaveProperty('token_type');
  });

  it.each(['/oauth/introspect', '/oauth/revoke', '/oauth/token'])(
    '%s ask for a client, and for a form',
    async (path) => {
      const form = { token: mock.token(), grant_type: 'client_credentials' };
      const anonymous = await post(path, form);
      expect(anonymous.status).toBe(401);
      expect(await anonymous.json()).toMatchObject({ error: 'invalid_client' });
      const json = { body: JSON.stringify(form), headers: { 'content-type': 'application/json' } };
      expect((await post(path, {}, json)).status).toBe(415);
    },
  );

  it('introspect and revoke for whoever has a token for Signet itself, and for no other', async () => {
    const token = mock.token();
    const ask = async (path: string, bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await post(path, { token }, { headers })).status;
    };
    const own = mock.token({ audience: mock.issuer });
    for (const bearer of [token, mock.expired({ audience: mock.issuer }), 'garbage'])
      expect(await ask('/oauth/introspect', bearer)).toBe(401);
    expect(await ask('/oauth/introspect', own)).toBe(200);
    expect(await ask('/oauth/revoke', own)).toBe(200);
    expect(await isActive(token)).toBe(false);
  });

  it('take the secret of the clients that were named, and no other', async () => {
    mock = await createMockIssuer({ clients: { 'no:tes': 'sec ret%' } });
    const token = mock.token();
    const status = async (id: string, secret: string) => {
      const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
      const basic = Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64');
      const headers = { authorization: `Basic ${basic}` };
      const answers = await Promise.all([
        post('/oauth/introspect', { token }, { headers }),
        post('/oauth/introspect', { token, client_id: id, client_secret: secret }),
      ]);
      return answers.map((answer) => answer.status);
    };
    expect(await status('no:tes', 'sec ret%')).toEqual([200, 200]);
    expect(await status('no:tes', 'other')).toEqual([401, 401]);
    expect(await status('other', 'sec ret%')).toEqual([401, 401]);
    expect(await status('toString', 'x')).toEqual([401, 401]);
  });
});

describe('the status lists of the mock', () => {
  /** Whether the mock is what a service that goes by them expects: the verifier is one. */
  const serviceOf = (issuer: MockIssuer, clock = { now: () => Date.now() }) => {
    const common = { issuer: issuer.issuer, fetch: issuer.fetch, clock };
    const revocation = statusLists({ ...common, refreshEvery: 3600, maxStaleness: 3600 });
    const verifier = createVerifier({ ...common, audience: AUDIENCE, revocation });
    const isTaken = async (token: string) => {
      await revocation.refresh();
      return verifier.verify(token).then(
        () => true,
        () => false,
      );
    };
    return { isTaken, close: () => revocation.close() };
  };

  it.each<[string, (token: string, claims: Json) => void | Promise<void>]>([
    ['a session', (_, { sid }) => mock.revokeSession(sid as string)],
    ['a subject', (_, { sub }) => mock.revokeSubject(sub as string)],
    ['a token', (token) => mock.revoke(token)],
    ['a key', () => mock.compromise()],
  ])('say that %s was revoked', async (_, revoke) => {
    const service = serviceOf(mock);
    const token = mock.token();
    expect(await service.isTaken(token)).toBe(true);
    await revoke(token, claimsOf(token));
    expect(await service.isTaken(token)).toBe(false);
    expect(await service.isTaken(mock.token({ sub: 'another' }))).toBe(true);
    service.close();
  });

  it('let a service refuse every bad token once it has looked, as the README says', async () => {
    const common = { issuer: ISSUER, fetch: mock.fetch };
    const lists = statusLists({ ...common, refreshEvery: 3600, maxStaleness: 3600 });
    const verifier = createVerifier({ ...common, audience: AUDIENCE, revocation: lists });
    const isTaken = (token: string) =>
      verifier.verify(token).then(
        () => true,
        () => false,
      );
    expect(await isTaken(mock.token())).toBe(true);
    const bad = mock.badTokens();
    const taken = async () => {
      const found = await Promise.all(bad.map(({ token }) => isTaken(token)));
      return bad.filter((_, i) => found[i] === true).map(({ name }) => name);
    };
    expect(await taken()).toEqual(['revoked']); // which it cannot know yet
    await lists.refresh();
    expect(await taken()).toEqual([]);
    lists.close();
  });

  it('are at the addresses that are listed', async () => {
    const answer = await mock.fetch(`${ISSUER}/v1/status-lists`);
    expect(await answer.json()).toEqual({ status_lists: [`${ISSUER}/v1/status-lists/0`] });
    expect((await mock.fetch(`${ISSUER}/v1/status-lists/1`)).status).toBe(404);
  });
});

describe('a mock issuer that listens', () => {
  beforeEach(async () => {
    mock = await startMockIssuer({ audience: AUDIENCE });
  });

  it('is its own address', async () => {
    expect(mock.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const metadata = await fetch(`${mock.issuer}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({ issuer: mock.issuer, jwks_uri: mock.jwksUri });
  });

  it('serves its keys like Signet: to be kept, by everybody, and asked for again cheaply', async () => {
    const first = await fetch(mock.jwksUri);
    expect(await first.json()).toEqual(mock.jwks);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'content-type': 'application/jwk-set+json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    });
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(mock.jwksUri, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    await mock.rotate();
    expect((await fetch(mock.jwksUri, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('takes forms', async () => {
    const form = new URLSearchParams({ token: mock.token(), ...CLIENT });
    const answer = await fetch(`${mock.issuer}/oauth/introspect`, { method: 'POST', body: form });
    expect(await answer.json()).toMatchObject({ active: true });
  });

  it('hangs up on a body without end, and goes on', async () => {
    await expect(
      fetch(`${mock.issuer}/oauth/introspect`, { method: 'POST', body: 'x'.repeat(1_000_000) }),
    ).rejects.toThrow();
    expect((await fetch(mock.jwksUri)).status).toBe(200);
  });

  it('says that its port is taken', async () => {
    const port = Number(new URL(mock.issuer).port);
    await expect(startMockIssuer({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('is gone once it is closed, whoever still holds a connection', async () => {
    const url = mock.jwksUri;
    await new Promise((resolve) => send(url, { agent: false }, resolve).end());
    await mock.close();
    await expect(fetch(url)).rejects.toThrow();
    await mock.close();
  });

  it('may say that it is elsewhere', async () => {
    const other = await startMockIssuer({ issuer: ISSUER });
    try {
      expect(claimsOf(other.token())['iss']).toBe(ISSUER);
    } finally {
      await other.close();
    }
  });
});
