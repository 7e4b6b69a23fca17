import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrincipalsService } from '../src/principals/principals.service.js';
import { ResourceAccessService } from '../src/resources/resource-access.service.js';
import { CONSUMER_LIBRARIES } from '../src/resources/consumer-config/templates.js';
import { dialect } from './support/databases.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';
import { queriesDuring } from './support/queries.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const MINUTE = 60_000;

interface Resource {
  readonly id: string;
  readonly identifier: string;
  readonly version: number;
  readonly tokenTtl: number | null;
  readonly encryptionKey: Readonly<Record<string, string>> | null;
  readonly claims: readonly string[] | null;
}

let app: TestApp;
let admin: TestUser;
let owner: TestUser;
let other: TestUser;
let count = 0;

beforeAll(async () => {
  app = await startTestApp({ settings: { ACCESS_TOKEN_TTL: '10m', ACCESS_TOKEN_MAX_TTL: '30m' } });
  admin = await app.admin();
  owner = await app.createUser({ roles: ['editor'] });
  other = await app.createUser({ roles: ['editor'] });
});
afterAll(() => app.close());

const post = (body: object): Promise<Answer> => {
  count++;
  const draft = {
    identifier: `https://api${count}.example.com`,
    name: 'API',
    actions: ['read', 'deploy'],
  };
  return app.api('POST', '/v1/resources', { token: owner.token, body: { ...draft, ...body } });
};

async function register(body: object = {}): Promise<Resource> {
  const answer = await post(body);
  expect(answer.status).toBe(201);
  return answer.body as Resource;
}

const patch = (id: string, body: object, by = owner) =>
  app.api('PATCH', `/v1/resources/${id}`, { token: by.token, body });

const jwks = (id: string, headers: Call['headers'] = {}) =>
  app.api('GET', `/v1/resources/${id}/jwks.json`, { headers });

async function give(id: string, principal: object, body: object = {}): Promise<string> {
  const answer = await app.api('POST', `/v1/resources/${id}/grants`, {
    token: owner.token,
    body: { principal, actions: ['read'], ...body },
  });
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

const check = (id: string, body: object, by = owner) =>
  app.api('POST', `/v1/resources/${id}/check`, { token: by.token, body });

const createService = (roles: readonly string[] = []): Promise<string> =>
  app.database.transaction(() => app.nest.get(PrincipalsService).create('service', roles));

const accessOf = (identifier: string, principalId: string) =>
  app.nest.get(ResourceAccessService).accessOf(identifier, principalId);

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ecJwk = ec.publicKey.export({ format: 'jwk' });
const rsaJwk = rsa.publicKey.export({ format: 'jwk' });

describe('what a resource says of its tokens', () => {
  it('is set when it is registered, changed, and taken back', async () => {
    const { id, ...made } = await register({
      tokenTtl: 300,
      encryptionKey: ecJwk,
      claims: ['team'],
    });
    const kid = await calculateJwkThumbprint(ecJwk);
    const key = { ...ecJwk, kid, alg: 'ECDH-ES+A256KW', use: 'enc' };
    expect(made).toMatchObject({ tokenTtl: 300, encryptionKey: key, claims: ['team'] });

    const renamed = await patch(id, { name: 'Renamed' });
    expect(renamed.body).toMatchObject({ tokenTtl: 300, encryptionKey: key, claims: ['team'] });

    const changed = await patch(id, {
      tokenTtl: 1800,
      encryptionKey: { ...rsaJwk, kid: 'mine' },
      claims: [],
    });
    expect(changed.body).toMatchObject({
      tokenTtl: 1800,
      encryptionKey: { ...rsaJwk, kid: 'mine', alg: 'RSA-OAEP-256', use: 'enc' },
      claims: [],
    });

    await patch(id, { tokenTtl: null, encryptionKey: null, claims: null });
    const read = await app.api('GET', `/v1/resources/${id}`, { token: other.token });
    expect(read.body).toMatchObject({ tokenTtl: null, encryptionKey: null, claims: null });
  });

  it('is for whoever manages it to change', async () => {
    const { id } = await register();
    expect((await patch(id, { encryptionKey: ecJwk }, other)).status).toBe(403);
    expect((await patch(id, { tokenTtl: 60 }, other)).status).toBe(403);
    expect((await patch(id, { encryptionKey: ecJwk }, admin)).status).toBe(200);
  });

  it.each([
    ['/tokenTtl', 0],
    ['/tokenTtl', -1],
    ['/tokenTtl', 1.5],
    ['/tokenTtl', '300'],
    ['/tokenTtl', '5m'],
    ['/tokenTtl', 1801],
    ['/tokenTtl', 1e300],
    ['/claims', 'team'],
    ['/claims', ['team', 'team']],
    ['/claims', ['']],
    ['/claims', [1]],
    ['/claims', ['a'.repeat(65)]],
    ['/claims', Array.from({ length: 51 }, (_, n) => `claim${n}`)],
    ['/encryptionKey', 'a key'],
    ['/encryptionKey', [ecJwk]],
    ['/encryptionKey', {}],
    ['/encryptionKey', { ...ecJwk, use: 'sig' }],
    ['/encryptionKey', { ...ecJwk, x: rsaJwk.n }],
    ['/encryptionKey', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
    ['/encryptionKey', { kty: 'oct', k: 'c2VjcmV0' }],
  ])('is refused at %s: %j', async (pointer, value) => {
    const wrong = { [pointer.slice(1)]: value };
    const { id } = await register();
    for (const answer of [await post(wrong), await patch(id, wrong)]) {
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'validation_failed',
        errors: [{ pointer }],
      });
    }
  });

  it('names the cap that a lifetime is above', async () => {
    const { body } = await post({ tokenTtl: 1801 });
    expect(body).toMatchObject({
      errors: [{ code: 'too_long', detail: 'must be at most 1800 (ACCESS_TOKEN_MAX_TTL)' }],
    });
  });

  it('never takes, stores, shows or logs a private key', async () => {
    const { id } = await register();
    const { d = '', ...pub } = ec.privateKey.export({ format: 'jwk' });
    const answer = await patch(id, { encryptionKey: { ...pub, d } });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: '/encryptionKey' }] });
    expect(JSON.stringify(answer.body)).toContain('private members');
    expect(JSON.stringify(answer.body)).not.toContain(d);
    expect(app.logs.join('')).not.toContain(d);
    expect((await jwks(id)).body).toEqual({ keys: [] });
  });

  it('leaves a trace: which key it is now', async () => {
    const { id } = await register();
    await patch(id, { encryptionKey: { ...ecJwk, kid: 'traced' } });
    await patch(id, { encryptionKey: null });
    const { body } = await app.api('GET', `/v1/audit?targetId=${id}`, { token: admin.token });
    const details = (body as { items: { action: string; detail: object }[] }).items
      .filter(({ action }) => action === 'resource.changed')
      .map(({ detail }) => detail);
    expect(details).toHaveLength(2);
    expect(details).toContainEqual({ fields: ['encryptionKey'], encryptionKid: 'traced' });
    expect(details).toContainEqual({ fields: ['encryptionKey'], encryptionKid: null });
  });
});

describe('the encryption key of a resource', () => {
  it('can be read by anybody, and kept', async () => {
    const { id, encryptionKey } = await register({ encryptionKey: ecJwk });
    const answer = await jwks(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ keys: [encryptionKey] });
    expect(encryptionKey).toMatchObject({ use: 'enc' });
    expect(answer.headers.get('content-type')).toContain('application/jwk-set+json');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const etag = answer.headers.get('etag') ?? '';
    expect((await jwks(id, { 'if-none-match': etag })).status).toBe(304);
    await patch(id, { encryptionKey: rsaJwk });
    expect((await jwks(id, { 'if-none-match': etag })).status).toBe(200);
  });

  it('is not among the keys that verify', async () => {
    const { encryptionKey } = await register({ encryptionKey: ecJwk });
    const { body } = await app.api('GET', '/.well-known/jwks.json');
    const { keys } = body as { keys: { kid: string; use: string }[] };
    expect(new Set(keys.map(({ use }) => use))).toEqual(new Set(['sig']));
    expect(keys.map(({ kid }) => kid)).not.toContain(encryptionKey?.['kid']);
  });

  it('is an empty set where there is none, and nothing where there is no resource', async () => {
    const { id } = await register();
    expect((await jwks(id)).body).toEqual({ keys: [] });
    expect((await jwks(UNKNOWN)).body).toMatchObject({ status: 404, code: 'resource_not_found' });
    expect((await jwks('1abc')).body).toMatchObject({ status: 400, errors: [{ pointer: '/id' }] });
  });
});

describe('a service account', () => {
  it('is granted to, shown and taken from like a user', async () => {
    const { id } = await register();
    const service = { type: 'service', id: await createService() };
    const grantId = await give(id, service);
    const byUser = await give(id, { type: 'user', id: other.id });
    const byRole = await give(id, { type: 'role', id: 'viewer' });
    const { body } = await app.api('GET', `/v1/resources/${id}/grants`, { token: owner.token });
    const items = (body as { items: { id: string; principal: object }[] }).items;
    expect(new Map(items.map((item) => [item.id, item.principal]))).toEqual(
      new Map<string, object>([
        [grantId, service],
        [byUser, { type: 'user', id: other.id }],
        [byRole, { type: 'role', id: 'viewer' }],
      ]),
    );
    await app.api('DELETE', `/v1/resources/${id}/grants/${grantId}`, { token: owner.token });
    const audit = await app.api('GET', `/v1/audit?targetId=${id}&action=grant.deleted`, {
      token: admin.token,
    });
    expect(audit.body).toMatchObject({ items: [{ detail: { grantId, principal: service } }] });
  });

  it('is no user, and a user is none', async () => {
    const { id } = await register();
    const service = await createService();
    for (const principal of [
      { type: 'user', id: service },
      { type: 'service', id: owner.id },
    ]) {
      const answer = await app.api('POST', `/v1/resources/${id}/grants`, {
        token: owner.token,
        body: { principal, actions: ['read'] },
      });
      expect(answer.body).toMatchObject({ status: 400, code: 'unknown_grantee' });
    }
    await give(id, { type: 'service', id: service });
    const asUser = await check(id, { principal: { type: 'user', id: service }, action: 'read' });
    expect(asUser.body).toMatchObject({ allowed: false, reason: { code: 'unknown_principal' } });
    const asService = await check(id, {
      principal: { type: 'service', id: service },
      action: 'read',
    });
    expect(asService.body).toMatchObject({ allowed: true, reason: { code: 'granted' } });
  });

  it('has what its roles have, in words that fit it', async () => {
    const { id } = await register();
    const service = { type: 'service', id: await createService(['viewer']) };
    await give(id, { type: 'role', id: 'viewer' });
    const { body } = await check(id, { principal: service, action: 'read' });
    expect(body).toMatchObject({ allowed: true, reason: { code: 'role', role: 'viewer' } });
    for (const action of ['read', 'deploy', 'destroy']) {
      const answer = await check(id, { principal: service, action });
      expect((answer.body as { reason: { text: string } }).reason.text).not.toContain('user');
    }
  });
});

describe('the configuration for a library', () => {
  const config = (id: string, query: string, by = other) =>
    app.api('GET', `/v1/resources/${id}/consumer-config?${query}`, { token: by.token });

  it.each(CONSUMER_LIBRARIES)(
    'is printed for this resource and this installation: %s',
    async (library) => {
      const identifier = `https://config.example.com/${library}?it's=(1);$x`;
      const { id } = await register({ identifier });
      const answer = await config(id, `for=${library}`);
      expect(answer.status).toBe(200);
      const { for: named, code, notes } = answer.body as Record<string, string>;
      expect(named).toBe(library);
      expect(code).toContain(library === 'php-jwt' ? identifier.replace("'", "\\'") : identifier);
      for (const part of ['', '/.well-known/jwks.json', '/oauth/introspect'])
        expect(code).toContain(`${app.settings.issuer}${part}`);
      expect(code).toContain('ES256');
      expect(code).toContain('1800'); // ACCESS_TOKEN_MAX_TTL, in seconds
      expect(notes).not.toHaveLength(0);
    },
  );

  it('knows whether the resource has an encryption key', async () => {
    const { id } = await register({ encryptionKey: ecJwk });
    expect((await config(id, 'for=jose')).body).toMatchObject({
      code: expect.stringContaining('compactDecrypt'),
    });
    await patch(id, { encryptionKey: null });
    expect((await config(id, 'for=jose')).body).toMatchObject({
      code: expect.not.stringContaining('compactDecrypt'),
    });
  });

  it.each([
    '',
    'for=',
    'for=passport',
    'for=jose&for=nest',
    'for=__proto__',
    'for=constructor',
    'for=JOSE',
  ])('is for one of the libraries: ?%s', async (query) => {
    const { id } = await register();
    expect((await config(id, query)).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/for' }],
    });
  });

  if (dialect === 'sqlite') {
    it('is not to be had where nobody else can verify', async () => {
      const closed = await startTestApp({ settings: { SIGNING_ALGORITHM: 'HS256' } });
      try {
        const { token } = await closed.admin();
        const body = { identifier: 'urn:example:closed', name: 'Closed', actions: ['read'] };
        const { id } = (await closed.api('POST', '/v1/resources', { token, body }))
          .body as Resource;
        const path = `/v1/resources/${id}/consumer-config?for=jose`;
        expect((await closed.api('GET', path, { token })).body).toMatchObject({
          status: 409,
          code: 'nothing_to_verify_with',
        });
      } finally {
        await closed.close();
      }
    });
  }

  it('is for who may read the registry, and of what is there', async () => {
    const { id } = await register();
    const nobody = await app.createUser();
    expect((await config(id, 'for=jose', nobody)).status).toBe(403);
    expect((await config(UNKNOWN, 'for=jose')).body).toMatchObject({ code: 'resource_not_found' });
  });
});

describe('the access that a token for a resource is issued by', () => {
  it('is none of a resource that is not there', async () => {
    const { identifier } = await register();
    for (const wrong of [`${identifier}/`, identifier.toUpperCase(), `${identifier} `, '', UNKNOWN])
      expect(await accessOf(wrong, owner.id)).toBeUndefined();
  });

  it('is everything for the owner', async () => {
    const { id, identifier } = await register({ tokenTtl: 60, encryptionKey: ecJwk, claims: [] });
    const before = app.clock.now();
    const access = await accessOf(identifier, owner.id);
    expect(access?.asOf).toBeGreaterThanOrEqual(before);
    expect(access?.asOf).toBeLessThanOrEqual(app.clock.now());
    expect(access).toMatchObject({
      resource: { id, identifier, tokenTtl: 60, encryptionKey: { use: 'enc' }, claims: [] },
      standing: { type: 'user', status: 'active' },
      actions: ['read', 'deploy'],
      roles: [],
      lifetime: MINUTE,
    });
  });

  it('is what grants name, with the roles through which they do', async () => {
    const { id, identifier } = await register();
    const service = await createService(['viewer', 'editor']);
    await give(id, { type: 'role', id: 'viewer' });
    await give(id, { type: 'role', id: 'admin' }, { actions: ['deploy'] });
    expect(await accessOf(identifier, service)).toMatchObject({
      standing: { type: 'service' },
      actions: ['read'],
      roles: ['viewer'],
      lifetime: 10 * MINUTE,
    });
    await give(id, { type: 'service', id: service }, { actions: ['deploy'] });
    const access = await accessOf(identifier, service);
    expect(access).toMatchObject({ actions: ['read', 'deploy'], roles: ['viewer'] });
    expect(access?.narrowedTo(['deploy', 'destroy'])).toMatchObject({
      actions: ['deploy'],
      roles: [],
    });
  });

  it('is nothing for strangers, the disabled and who is not there', async () => {
    const { id, identifier } = await register();
    const away = await app.createUser();
    await give(id, { type: 'user', id: away.id });
    await app.api('POST', `/v1/users/${away.id}/disable`, { token: admin.token });
    expect(await accessOf(identifier, other.id)).toMatchObject({ actions: [], roles: [] });
    expect(await accessOf(identifier, admin.id)).toMatchObject({ actions: [], roles: [] });
    expect(await accessOf(identifier, away.id)).toMatchObject({
      standing: { status: 'disabled' },
      actions: [],
    });
    const unknown = await accessOf(identifier, UNKNOWN);
    expect(unknown).toMatchObject({ actions: [], roles: [] });
    expect(unknown?.standing).toBeUndefined();
  });

  it('asks the database three times', async () => {
    const { id, identifier } = await register();
    await give(id, { type: 'user', id: other.id });
    const queries = await queriesDuring(app, async () => {
      expect((await accessOf(identifier, other.id))?.actions).toEqual(['read']);
    });
    expect(queries).toHaveLength(3);
  });

  // The last one: it moves the clock.
  it('lasts no longer than the grant that it rests on', async () => {
    const { id, identifier } = await register();
    const end = app.clock.now() + 3 * MINUTE;
    const endsAt = new Date(end).toISOString();
    const service = await createService();
    await give(id, { type: 'service', id: service }, { actions: ['read'] });
    await give(id, { type: 'service', id: service }, { actions: ['deploy'], endsAt });
    const access = await accessOf(identifier, service);
    expect(access?.actions).toEqual(['read', 'deploy']);
    expect(access === undefined ? NaN : access.asOf + access.lifetime).toBe(end);
    expect(access?.narrowedTo(['read']).lifetime).toBe(10 * MINUTE);
    app.clock.advance(end - app.clock.now() - 900);
    const about = { principal: { type: 'service', id: service }, action: 'deploy' };
    // A token counts whole seconds: this one would be over before it was sent.
    expect(await accessOf(identifier, service)).toMatchObject({
      actions: ['read'],
      lifetime: 10 * MINUTE,
    });
    expect((await check(id, about)).body).toMatchObject({ allowed: true });
    app.clock.advance(900);
    expect((await accessOf(identifier, service))?.actions).toEqual(['read']);
    expect((await check(id, about)).body).toMatchObject({ allowed: false });
  });
});
