import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTokenClient } from '../../../verifier/src/token-client.js';
import { compact, encode, readToken, signerOf } from '../jws.js';
import type { Json } from '../jws.js';
import type { ClientCredentials } from './mock-clients.js';
import { createMockIssuer, startMockIssuer } from './mock-issuer.js';
import type { MockIssuer } from './mock-issuer.js';
import { TestClock } from './test-clock.js';

const ISSUER = 'https://id.example.com';
const NOTES = 'https://notes.example.com';
const NOW = 1_900_000_000;
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const jwkOf = (key: KeyObject): JWK => ({
  ...(key.export({ format: 'jwk' }) as JWK),
  alg: 'ES256',
  kid: 'notes-1',
});
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A good assertion of the client `notes`, but for what is changed. */
function assertion(claims: Json = {}, header: Json = {}, key = privateKey): string {
  return compact(
    { alg: 'ES256', kid: 'notes-1', typ: 'JWT', ...header },
    { iss: 'notes', sub: 'notes', aud: ISSUER, exp: NOW + 60, iat: NOW, jti: 'once', ...claims },
    signerOf('ES256', key),
  );
}

let mock: MockIssuer;
const start = async (clients?: ClientCredentials) => {
  const clock = new TestClock(NOW * 1000);
  mock = await createMockIssuer({ issuer: ISSUER, clock, ...(clients && { clients }) });
};
const post = (path: string, form: Readonly<Record<string, string>>, headers = {}) =>
  mock.fetch(ISSUER + path, { method: 'POST', body: new URLSearchParams(form), headers });
/** What a client gets for an assertion: whose token, or the status and the error. */
async function answerTo(text: string, form: Readonly<Record<string, string>> = {}) {
  const proof = { client_assertion_type: TYPE, client_assertion: text };
  const grant = { grant_type: 'client_credentials', resource: NOTES };
  const answer = await post('/oauth/token', { ...grant, ...proof, ...form });
  const body = (await answer.json()) as { access_token?: string; error?: string };
  const { access_token: token } = body;
  return token === undefined ? [answer.status, body.error] : readToken(token).claims['sub'];
}
const REFUSED = [401, 'invalid_client'];

/** Everything that is wrong with an assertion, whoever has signed it. */
const BAD: Readonly<Record<string, () => string>> = {
  'is for another server': () => assertion({ aud: 'https://other.example.com' }),
  'is also for another server': () => assertion({ aud: [ISSUER, 'https://other.example.com'] }),
  'is for nobody': () => assertion({ aud: [] }),
  'has no audience': () => assertion({ aud: undefined }),
  'has expired': () => assertion({ exp: NOW - 5 }),
  'has no end': () => assertion({ exp: undefined }),
  'ends later than Signet allows': () => assertion({ exp: NOW + 306 }),
  'is of tomorrow': () => assertion({ iat: NOW + 86_400 }),
  'is not valid yet': () => assertion({ nbf: NOW + 60 }),
  'has no id': () => assertion({ jti: undefined }),
  'speaks for two': () => assertion({ sub: 'other' }),
  'speaks for nobody': () => assertion({ iss: undefined, sub: undefined }),
  'is an access token': () => assertion({}, { typ: 'at+jwt' }),
  'has a critical extension': () => assertion({}, { crit: ['x'], x: 1 }),
  'says that it needs no signature': () => assertion({}, { alg: 'none' }),
  'is signed with a secret': () => assertion({}, { alg: 'HS256' }),
  'has no signature': () => `${assertion().split('.').slice(0, 2).join('.')}.`,
  'is none': () => 'garbage',
  'is no object': () => `${encode({ alg: 'ES256' })}.${encode('text')}.AAAA`,
};

describe.each<[string, ClientCredentials | undefined]>([
  ['a client whose key is known', { notes: jwkOf(publicKey) }],
  ['any client, when none is named', undefined],
])('an assertion of %s', (_, clients) => {
  beforeEach(() => start(clients));

  it('is what the token client of the verifier sends', async () => {
    const client = createTokenClient({
      issuer: ISSUER,
      clientId: 'notes',
      privateKey: jwkOf(privateKey),
      resource: NOTES,
      scope: ['read'],
      fetch: mock.fetch,
      clock: { now: () => NOW * 1000 },
    });
    const { claims } = readToken(await client.token());
    expect(claims).toMatchObject({ sub: 'notes', client_id: 'notes', aud: NOTES, scope: 'read' });
  });

  it('is taken with the issuer, the token endpoint or the endpoint itself as its audience', async () => {
    for (const aud of [ISSUER, [ISSUER], `${ISSUER}/oauth/token`])
      expect(await answerTo(assertion({ aud }))).toBe('notes');
    expect(await answerTo(assertion({ aud: `${ISSUER}/oauth/introspect` }))).toEqual(REFUSED);
    for (const path of ['/oauth/introspect', '/oauth/revoke']) {
      const client_assertion = assertion({ aud: ISSUER + path });
      const form = { token: 'any', client_assertion_type: TYPE, client_assertion };
      expect((await post(path, form)).status).toBe(200);
    }
  });

  it('may name its client once more, and no other', async () => {
    expect(await answerTo(assertion(), { client_id: 'notes' })).toBe('notes');
    expect(await answerTo(assertion(), { client_id: 'other' })).toEqual(REFUSED);
  });

  it('is taken a little after its end, as clocks differ', async () => {
    expect(await answerTo(assertion({ exp: NOW - 4 }))).toBe('notes');
  });

  it('is refused with another type of assertion, or none', async () => {
    for (const type of ['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', ''])
      expect(await answerTo(assertion(), { client_assertion_type: type })).toEqual(REFUSED);
  });

  it('is refused beside a secret', async () => {
    const ambiguous = [400, 'invalid_request'];
    expect(await answerTo(assertion(), { client_id: 'notes', client_secret: 'x' })).toEqual(
      ambiguous,
    );
  });

  it.each(Object.entries(BAD))('is refused when it %s', async (__, bad) => {
    expect(await answerTo(bad())).toEqual(REFUSED);
  });
});

describe('the signature of an assertion', () => {
  it('is verified with the key of the client', async () => {
    await start({ notes: jwkOf(publicKey) });
    expect(await answerTo(assertion())).toBe('notes');
    expect(await answerTo(assertion({}, {}, stranger.privateKey))).toEqual(REFUSED);
    expect(await answerTo(assertion({ iss: 'other', sub: 'other' }))).toEqual(REFUSED);
    expect(await answerTo(assertion({}, { kid: 'notes-2' }))).toEqual(REFUSED);
    expect(await answerTo(assertion({}, { alg: 'ES384' }))).toEqual(REFUSED);
    expect(await answerTo(assertion({}, { kid: undefined }))).toBe('notes');
  });

  it('is verified with the public half, when a private key was given', async () => {
    await start({ notes: jwkOf(privateKey) });
    expect(await answerTo(assertion())).toBe('notes');
    expect(await answerTo(assertion({}, {}, stranger.privateKey))).toEqual(REFUSED);
  });

  it('is anybody’s when no client is named', async () => {
    await start();
    expect(await answerTo(assertion({}, {}, stranger.privateKey))).toBe('notes');
  });

  it('is nothing from a client that has a secret', async () => {
    await start({ notes: 'secret' });
    expect(await answerTo(assertion())).toEqual(REFUSED);
  });
});

describe('a client with a key', () => {
  it('has no secret', async () => {
    await start({ notes: jwkOf(publicKey), other: 'secret' });
    const status = async (id: string, secret: string) => {
      const form = { token: 'any', client_id: id, client_secret: secret };
      return (await post('/oauth/introspect', form)).status;
    };
    expect(await status('notes', 'secret')).toBe(401);
    expect(await status('notes', '[object Object]')).toBe(401);
    expect(await status('other', 'secret')).toBe(200);
  });

  it('needs one', async () => {
    await expect(start({ notes: { kty: 'EC' } })).rejects.toThrow();
    const port = await portThatIsFree();
    await expect(startMockIssuer({ port, clients: { notes: { kty: 'EC' } } })).rejects.toThrow();
    mock = await startMockIssuer({ port }); // the one that failed has let it go
  });
  afterEach(() => mock.close());
});

describe('a secret', () => {
  it('is sent once, in one way', async () => {
    await start();
    const headers = { authorization: `Basic ${Buffer.from('notes:secret').toString('base64')}` };
    const form = { token: 'any', client_id: 'notes', client_secret: 'secret' };
    expect((await post('/oauth/introspect', form, headers)).status).toBe(400);
  });
});

async function portThatIsFree(): Promise<number> {
  const other = await startMockIssuer();
  await other.close();
  return Number(new URL(other.issuer).port);
}
