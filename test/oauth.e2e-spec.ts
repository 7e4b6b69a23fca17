import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { compactDecrypt, jwtVerify } from 'jose';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { KeyRing } from '../src/keys/key-ring.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { createDatabase } from './support/databases.js';
import {
  ACCESS_TOKEN,
  ASSERTION_TYPE,
  OAuth,
  accessTokenOf,
  basic,
  claimsOf,
} from './support/oauth.js';
import type { Claims, TestResource, TestService } from './support/oauth.js';

const FORM = 'application/x-www-form-urlencoded';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
let oauth: OAuth;
beforeAll(async () => {
  app = await startTestApp({ settings: { TRUST_PROXY: '1' } });
  oauth = new OAuth(app);
});
afterAll(() => app.close());

describe('a form', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await oauth.service(['resources:read']);
  });

  const raw = (rawBody: string, contentType = FORM, path = '/oauth/token') =>
    app.api('POST', path, {
      rawBody,
      headers: { 'content-type': contentType, ...basic(service.id, service.secret) },
    });
  const PATHS = ['/oauth/token', '/oauth/introspect', '/oauth/revoke'];

  it.each(PATHS)('is all that %s takes', async (path) => {
    for (const [type, body] of [
      ['application/json', '{"grant_type":"client_credentials","token":"x"}'],
      ['text/plain', 'grant_type=client_credentials&token=x'],
      ['multipart/form-data; boundary=x', '--x--'],
    ] as const) {
      const answer = await raw(body, type, path);
      expect(answer.status).toBe(415);
      expect(answer.body).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('is taken nowhere else (WEB-07)', async () => {
    for (const path of ['/v1/auth/login', '/v1/auth/refresh', '/v1/setup', '/v1/users']) {
      const { token } = await app.admin();
      const answer = await app.api('POST', path, {
        token,
        rawBody: 'identifier=ada&password=x',
        headers: { 'content-type': FORM },
      });
      expect(answer.status).toBe(415);
      expect(answer.body).toMatchObject({ code: 'unsupported_media_type' });
    }
  });

  it('may say nothing twice (RFC 6749 3.2), known or not', async () => {
    for (const twice of [
      'grant_type=client_credentials&grant_type=client_credentials',
      'grant_type=client_credentials&grant_type=password',
      'grant_type=client_credentials&scope=a&scope=b',
      `grant_type=client_credentials&client_id=${service.id}&client_id=${service.id}`,
      'grant_type=client_credentials&tea=1&tea=2',
    ]) {
      const answer = await raw(twice);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: 'invalid_request', code: 'validation_failed' });
    }
    const answer = await raw('token=a&token=b', FORM, '/oauth/introspect');
    expect(answer.body).toMatchObject({ error: 'invalid_request' });
  });

  it('may say what is not known, which is ignored, and leave values out', async () => {
    const answer = await raw('grant_type=client_credentials&scope=&tea=earl+grey&__proto__=1');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ scope: 'resources:read' });
  });

  it('that is broken, too long or too wide is refused', async () => {
    for (const body of ['grant_type=%zz', 'a=1&'.repeat(100), `grant_type=${'x'.repeat(2000)}`]) {
      const answer = await raw(body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: 'invalid_request' });
    }
    expect((await raw(`grant_type=${'x'.repeat(70_000)}`)).status).toBe(413);
    expect((await raw('')).body).toMatchObject({
      error: 'invalid_request',
      error_description: 'grant_type is missing',
    });
  });

  it('is no query string, and GET is no POST (REV-11)', async () => {
    for (const path of PATHS) {
      const query = `${path}?grant_type=client_credentials&token=x`;
      const headers = basic(service.id, service.secret);
      const get = await app.api('GET', query, { headers, conform: false });
      expect(get.status).toBe(405);
      expect(get.headers.get('allow')).toBe('POST');
      expect(get.body).toMatchObject({ error: 'invalid_request' });
      const post = await app.api('POST', query, { headers, conform: false });
      expect(post.status).toBe(400);
      expect(post.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('leaves cookies out of account', async () => {
    const { token } = await app.createUser();
    const cookie = `__Host-signet_at=${token}`;
    const answer = await oauth.post('introspect', { token }, { headers: { cookie } });
    expect(answer.status).toBe(401);
    const ours = await oauth.as(service, 'introspect', { token }, { headers: { cookie } });
    expect(ours.body).toEqual({ active: false });
  });
});

describe('a client', () => {
  let service: TestService;
  let other: TestService;
  beforeAll(async () => {
    service = await oauth.service(['resources:read']);
    other = await oauth.service(['resources:read']);
  });
  const GRANT = { grant_type: 'client_credentials' };

  it('authenticates by HTTP Basic, by secret in the form, or by an assertion', async () => {
    const { id, secret, credentialId, keyCredentialId } = service;
    const ways = [
      [await oauth.post('token', GRANT, { headers: basic(id, secret) }), credentialId],
      [await oauth.post('token', { ...GRANT, client_id: id, client_secret: secret }), credentialId],
      [
        await oauth.post('token', {
          ...GRANT,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: await oauth.assertion(service),
        }),
        keyCredentialId,
      ],
    ] as const;
    for (const [answer, sid] of ways) {
      expect(claimsOf(accessTokenOf(answer))).toMatchObject({ sub: id, client_id: id, sid });
    }
  });

  it.each([
    ['the issuer', (issuer: string) => issuer],
    ['the token endpoint', (issuer: string) => `${issuer}/oauth/token`],
    ['the endpoint that is called', (issuer: string) => `${issuer}/oauth/introspect`],
  ])('may make an assertion for %s', async (_, audienceAt) => {
    const form = async (aud: string) => ({
      token: 'x',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await oauth.assertion(service, { aud }),
    });
    const { issuer } = app.settings;
    expect((await oauth.post('introspect', await form(audienceAt(issuer)))).status).toBe(200);
    expect((await oauth.post('introspect', await form(`${issuer}/oauth/revoke`))).status).toBe(401);
  });

  it('is told the same whatever is wrong, with a challenge', async () => {
    const { id, secret } = service;
    const assertion = await oauth.assertion(service);
    const used = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    expect((await oauth.post('token', { ...GRANT, ...used })).status).toBe(200);
    const attempts = [
      oauth.post('token', GRANT),
      oauth.post('token', { ...GRANT, client_id: id }),
      oauth.post('token', GRANT, { headers: basic(id, `${secret}x`) }),
      oauth.post('token', GRANT, { headers: basic(other.id, secret) }),
      oauth.post('token', GRANT, { headers: basic(UNKNOWN, secret) }),
      oauth.post('token', GRANT, { headers: { authorization: 'Basic !!!' } }),
      oauth.post('token', GRANT, { headers: { authorization: `Bearer ${secret}` } }),
      oauth.post('token', { ...GRANT, client_id: id, client_secret: '' }),
      oauth.post('token', { ...GRANT, client_secret: secret }),
      oauth.post('token', { ...GRANT, ...used }),
    ];
    for (const { status, headers, body } of await Promise.all(attempts)) {
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Basic realm="signet"');
      const { request_id: _, ...told } = body as { request_id: string };
      expect(told).toEqual({
        error: 'invalid_client',
        error_description: 'The client could not be authenticated',
        code: 'invalid_client',
      });
    }
  });

  it('uses one method in a request (RFC 6749 2.3)', async () => {
    const { id, secret } = service;
    const headers = basic(id, secret);
    const assertion = {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await oauth.assertion(service),
    };
    for (const answer of [
      await oauth.post('token', { ...GRANT, client_id: id, client_secret: secret }, { headers }),
      await oauth.post('token', { ...GRANT, ...assertion }, { headers }),
      await oauth.post('token', { ...GRANT, client_id: id, client_secret: secret, ...assertion }),
      await oauth.post(
        'introspect',
        { token: 'x', client_id: id, client_secret: secret },
        { token: (await app.admin()).token },
      ),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        error: 'invalid_request',
        code: 'ambiguous_credentials',
      });
    }
  });
});

describe("a token for Signet's own API", () => {
  it('says what the roles of the service allow, and that it is a service', async () => {
    const service = await oauth.service(['resources:read', 'audit:read']);
    const answer = await oauth.token(service);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    const { access_token: token, ...rest } = answer.body as { access_token: string };
    expect(rest).toEqual({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'audit:read resources:read',
    });
    const { issuer } = app.settings;
    const { jti, iat, exp, nbf, roles, status, ...claims } = claimsOf(token);
    expect(claims).toEqual({
      iss: issuer,
      aud: issuer,
      sub: service.id,
      client_id: service.id,
      sid: service.credentialId,
      scope: 'audit:read resources:read',
      ver: 1,
    });
    expect([exp - iat, nbf - iat, jti.length, roles.length]).toEqual([600, 0, 22, 1]);
    expect(status).toMatchObject({ status_list: { uri: `${issuer}/v1/status-lists/0` } });
    expect((await app.api('GET', '/v1/audit', { token })).status).toBe(200);
    expect((await app.api('GET', '/v1/users', { token })).status).toBe(403);
    // The identifier of the issuer means the same.
    const named = await oauth.tokenOf(service, { resource: issuer });
    expect(claimsOf(named).aud).toBe(issuer);
  });

  it('says no more than was asked for, and then names no role', async () => {
    const service = await oauth.service(['resources:read', 'users:read']);
    const answer = await oauth.token(service, { scope: 'users:read roles:write tea' });
    expect(answer.body).toMatchObject({ scope: 'users:read' });
    const token = accessTokenOf(answer);
    expect(claimsOf(token)).toMatchObject({ scope: 'users:read', roles: [] });
    expect((await app.api('GET', '/v1/users', { token })).status).toBe(200);
    expect((await app.api('GET', '/v1/resources', { token })).status).toBe(403);
    const all = await oauth.tokenOf(service, { scope: 'users:read resources:read' });
    expect(claimsOf(all).roles).toHaveLength(1);
  });

  it('of an administrating service does not administrate when it was asked to say less', async () => {
    const service = await oauth.service();
    await oauth.admin('PUT', `/v1/service-accounts/${service.id}/roles`, { roles: ['admin'] });
    const token = await oauth.tokenOf(service, { scope: 'users:read users:write' });
    const victim = await app.createUser({ roles: ['admin'] });
    // Administrators are for administrators, and that is a matter of the role.
    expect((await app.api('POST', `/v1/users/${victim.id}/disable`, { token })).status).toBe(403);
    expect((await oauth.me(victim.token)).status).toBe(200);
  });

  it.each([['tea'], ['users:write tea'], ['RESOURCES:READ']])(
    'is refused when nothing of %j is granted',
    async (scope) => {
      const answer = await oauth.token(await oauth.service(['resources:read']), { scope });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: 'invalid_scope' });
    },
  );

  it.each(['resources:read  users:read', ' resources:read', 'a"b', 'a\\b', 'é', 'a\nb'])(
    'is refused for the malformed scope %j',
    async (scope) => {
      const answer = await oauth.token(await oauth.service(['resources:read']), { scope });
      expect(answer.body).toMatchObject({ error: 'invalid_scope' });
    },
  );

  it('is given to a service without roles, and allows nothing', async () => {
    const token = await oauth.tokenOf(await oauth.service());
    expect(claimsOf(token)).toMatchObject({ scope: '', roles: [] });
    expect((await app.api('GET', '/v1/resources', { token })).status).toBe(403);
  });

  it('ends with the credential at the latest', async () => {
    const expiresAt = new Date(app.clock.now() + 90_500);
    const service = await oauth.service([], { expiresAt: expiresAt.toISOString() });
    const { exp } = claimsOf(await oauth.tokenOf(service));
    expect(exp * 1000).toBeLessThanOrEqual(expiresAt.getTime());
    expect(exp * 1000).toBeGreaterThan(expiresAt.getTime() - 2000);
  });

  it('comes without a refresh token and leaves no row (RFC 6749 4.4.3)', async () => {
    const service = await oauth.service();
    await oauth.token(service);
    const rows = () =>
      app.database.select('SELECT COUNT(*) AS n FROM audit_events').then(([row]) => row);
    const before = await rows();
    const answer = await oauth.token(service);
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(await rows()).toEqual(before);
  });

  it.each(['password', 'refresh_token', 'authorization_code', 'CLIENT_CREDENTIALS', 'x'])(
    'is not to be had by %s (AUT-17)',
    async (grant_type) => {
      const person = await app.createUser();
      const form = { grant_type, username: person.username, password: person.password };
      const answer = await oauth.post('token', form, { conform: false });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: 'unsupported_grant_type' });
    },
  );

  it('is one of a kind, however many are asked for at once', async () => {
    const service = await oauth.service();
    const tokens = await Promise.all(Array.from({ length: 30 }, () => oauth.tokenOf(service)));
    expect(new Set(tokens.map((token) => claimsOf(token).jti)).size).toBe(30);
  });
});

describe('a token for a resource', () => {
  let service: TestService;
  let resource: TestResource;
  let elsewhere: TestResource;
  beforeAll(async () => {
    service = await oauth.service(['resources:read', 'users:read']);
    resource = await oauth.resource({ tokenTtl: 120 });
    elsewhere = await oauth.resource();
    await oauth.grant(resource, 'service', service.id, ['read', 'write']);
    await oauth.grant(elsewhere, 'service', service.id, ['deploy']);
  });

  it('says what is granted there, for so long as the resource says, and nothing of Signet', async () => {
    const answer = await oauth.token(service, { resource: resource.identifier });
    expect(answer.body).toMatchObject({ scope: 'read write', expires_in: 120 });
    const token = accessTokenOf(answer);
    expect(claimsOf(token)).toMatchObject({
      aud: resource.identifier,
      sub: service.id,
      scope: 'read write',
      roles: [],
    });
    const { publicKey } = app.nest.get(KeyRing).active;
    const options = { audience: resource.identifier, issuer: app.settings.issuer, typ: 'at+jwt' };
    await jwtVerify(token, publicKey, options);
    await expect(
      jwtVerify(token, publicKey, { ...options, audience: elsewhere.identifier }),
    ).rejects.toThrow('aud');
  });

  it("is refused at Signet's own API, and opens none of its endpoints", async () => {
    const token = await oauth.tokenOf(service, { resource: resource.identifier });
    expect((await oauth.me(token)).status).toBe(401);
    expect((await app.api('GET', '/v1/resources', { token })).status).toBe(401);
    for (const path of ['introspect', 'revoke'])
      expect((await oauth.post(path, { token }, { token })).status).toBe(401);
  });

  it('names those roles only through which a grant applies', async () => {
    const role = await oauth.role(['audit:read']);
    const another = await oauth.role(['roles:read']);
    await oauth.admin('PUT', `/v1/service-accounts/${service.id}/roles`, {
      roles: [role, another],
    });
    await oauth.grant(resource, 'role', role, ['deploy']);
    const token = await oauth.tokenOf(service, { resource: resource.identifier });
    expect(claimsOf(token)).toMatchObject({ scope: 'read write deploy', roles: [role] });
    const narrow = await oauth.tokenOf(service, { resource: resource.identifier, scope: 'write' });
    expect(claimsOf(narrow)).toMatchObject({ scope: 'write', roles: [] });
  });

  it('says no more than is granted, whatever is asked for', async () => {
    const identifier = elsewhere.identifier;
    const answer = await oauth.token(service, {
      resource: identifier,
      scope: 'read write deploy resources:read admin',
    });
    expect(answer.body).toMatchObject({ scope: 'deploy' });
    const none = await oauth.token(service, { resource: identifier, scope: 'read resources:read' });
    expect(none.status).toBe(400);
    expect(none.body).toMatchObject({ error: 'invalid_scope' });
  });

  it('is refused alike for what is not there and what is not granted (AZ-08)', async () => {
    const closed = await oauth.resource();
    const bodies = [];
    for (const identifier of [
      closed.identifier,
      'https://nowhere.example.com',
      `${resource.identifier}/`,
      resource.identifier.toUpperCase(),
      'not a uri',
      `${app.settings.issuer}/`,
    ]) {
      const answer = await oauth.token(service, { resource: identifier, scope: 'read' });
      expect(answer.status).toBe(400);
      bodies.push({ ...(answer.body as object), request_id: '' });
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ error: 'invalid_target' });
  });

  it('is for one resource (RFC 8707), by whichever name', async () => {
    const one = encodeURIComponent(resource.identifier);
    const two = encodeURIComponent(elsewhere.identifier);
    const ask = (query: string) =>
      app.api('POST', '/oauth/token', {
        rawBody: `grant_type=client_credentials&${query}`,
        headers: { 'content-type': FORM, ...basic(service.id, service.secret) },
      });
    for (const query of [`resource=${one}&resource=${two}`, `resource=${one}&audience=${two}`])
      expect((await ask(query)).body).toMatchObject({ error: 'invalid_target' });
    for (const query of [`audience=${one}`, `resource=${one}&audience=${one}`])
      expect(claimsOf(accessTokenOf(await ask(query))).aud).toBe(resource.identifier);
  });

  it('ends with the grant', async () => {
    const brief = await oauth.resource();
    const endsAt = new Date(app.clock.now() + 30_000).toISOString();
    await oauth.grant(brief, 'service', service.id, ['read'], { endsAt });
    const { exp } = claimsOf(await oauth.tokenOf(service, { resource: brief.identifier }));
    expect(exp * 1000).toBeLessThanOrEqual(Date.parse(endsAt));
    app.clock.advance(30_000);
    const late = await oauth.token(service, { resource: brief.identifier });
    expect(late.body).toMatchObject({ error: 'invalid_target' });
  });

  it('is for the resource alone to read, when it has registered a key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sealed = await oauth.resource({ encryptionKey: publicKey.export({ format: 'jwk' }) });
    await oauth.grant(sealed, 'service', service.id, ['read']);
    const token = await oauth.tokenOf(service, { resource: sealed.identifier });
    expect(token.split('.')).toHaveLength(5);
    const { plaintext } = await compactDecrypt(token, privateKey);
    const inner = new TextDecoder().decode(plaintext);
    expect(claimsOf(inner)).toMatchObject({ aud: sealed.identifier, scope: 'read' });
    // Signet cannot read it either: whoever can may ask about what is inside.
    expect(await oauth.isActive(service, token)).toBe(false);
    expect(await oauth.isActive(service, inner)).toBe(true);
  });
});

describe('an exchange by a person', () => {
  let resource: TestResource;
  beforeAll(async () => {
    resource = await oauth.resource({ tokenTtl: 300 });
  });

  const someone = async (actions = ['read', 'write']) => {
    const user = await app.createUser({ roles: ['viewer'] });
    await oauth.grant(resource, 'user', user.id, actions);
    return user;
  };

  it('gives their token for a resource, with their session and their proof', async () => {
    const user = await someone();
    const answer = await oauth.exchange(user.token, { resource: resource.identifier });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'read write',
    });
    const own = claimsOf(user.token);
    const { jti, exp: _, iat: __, nbf: ___, status, ...claims } = claimsOf(accessTokenOf(answer));
    expect(status).toEqual(own.status); // of the same session
    expect(claims).toEqual({
      iss: app.settings.issuer,
      aud: resource.identifier,
      sub: user.id,
      client_id: 'signet',
      sid: own.sid,
      auth_time: own.auth_time,
      amr: own.amr,
      acr: own.acr,
      roles: [],
      scope: 'read write',
      ver: own.ver,
    });
    expect(jti).not.toBe(own.jti);
  });

  it('may name the first-party client, and no other', async () => {
    const user = await someone();
    const target = { resource: resource.identifier };
    expect((await oauth.exchange(user.token, { ...target, client_id: 'signet' })).status).toBe(200);
    const service = await oauth.service(['tokens:exchange']);
    for (const client_id of [service.id, user.id, 'Signet']) {
      const answer = await oauth.exchange(user.token, { ...target, client_id });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ error: 'invalid_client' });
    }
  });

  it('is written down', async () => {
    const user = await someone();
    const token = await oauth.exchanged(user, resource);
    const { token: admin } = await app.admin();
    const answer = await app.api('GET', `/v1/audit?action=token.exchanged&actorId=${user.id}`, {
      token: admin,
    });
    expect((answer.body as { items: unknown[] }).items).toMatchObject([
      {
        actorId: user.id,
        sessionId: claimsOf(user.token).sid,
        targetId: user.id,
        detail: {
          resource: resource.identifier,
          scope: 'read write',
          tokenId: claimsOf(token).jti,
          subjectTokenId: claimsOf(user.token).jti,
        },
      },
    ]);
  });

  it('never outlives the token that was given', async () => {
    const user = await someone();
    const own = claimsOf(user.token);
    app.clock.advance((own.exp - own.iat - 60) * 1000);
    const late = claimsOf(await oauth.exchanged(user, resource));
    expect(late.exp).toBeLessThanOrEqual(own.exp);
    expect(late.exp - late.iat).toBeLessThanOrEqual(60);
    app.clock.advance(60_000);
    // Within the leeway it is still accepted, but there is no second left to give.
    expect((await oauth.me(user.token)).status).toBe(200);
    const over = await oauth.exchange(user.token, { resource: resource.identifier });
    expect(over.body).toMatchObject({ error: 'invalid_request', code: 'invalid_subject_token' });
  });

  it('wants a person and a resource to which something is granted', async () => {
    const user = await someone(['read']);
    const ask = (form: Record<string, string>) => oauth.exchange(user.token, form);
    expect((await ask({})).body).toMatchObject({
      error: 'invalid_request',
      error_description: 'resource is missing',
    });
    const { identifier } = resource;
    for (const target of [
      app.settings.issuer,
      'https://nowhere.example.com',
      (await oauth.resource()).identifier,
    ])
      expect((await ask({ resource: target })).body).toMatchObject({ error: 'invalid_target' });
    const escalated = await ask({ resource: identifier, scope: 'write deploy users:write' });
    expect(escalated.body).toMatchObject({ error: 'invalid_scope' });
    expect((await ask({ resource: identifier, scope: 'write read' })).body).toMatchObject({
      scope: 'read',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['subject_token_type', { subject_token_type: '' }],
    ['subject_token_type', { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }],
    [
      'subject_token_type',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    ],
    [
      'requested_token_type',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    ],
    ['actor_token', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }],
    ['actor_token', { actor_token_type: ACCESS_TOKEN }],
    ['subject_token', { subject_token: '' }],
  ])('says what is wrong with %s', async (name, form) => {
    const user = await someone();
    const answer = await oauth.exchange(user.token, { resource: resource.identifier, ...form });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringMatching(`^${name} `),
    });
  });

  it('wants a good token of a person for Signet, whatever else there is', async () => {
    const user = await someone();
    const service = await oauth.service(['tokens:exchange']);
    await oauth.grant(resource, 'service', service.id, ['read']);
    const forResource = await oauth.exchanged(user, resource);
    const [header = '', payload = '', signature = ''] = user.token.split('.');
    for (const subject of [
      user.refreshToken,
      'garbage',
      forResource,
      await oauth.tokenOf(service),
      await oauth.tokenOf(service, { resource: resource.identifier }),
      await oauth.exchanged(user, resource, service),
      `${header}.${payload}.${signature.replaceAll(/[A-Z]/g, 'a')}`,
      `${header}.${payload}.`,
    ]) {
      const answer = await oauth.exchange(subject, { resource: resource.identifier });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        error: 'invalid_request',
        code: 'invalid_subject_token',
      });
    }
  });

  it('answers alike, on either database, when a hundred ask at once', async () => {
    const user = await someone();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        oauth.exchange(user.token, { resource: resource.identifier }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => claimsOf(accessTokenOf(answer)).jti)).size).toBe(40);
  });
});

describe('an exchange by a service, to act for a person', () => {
  let service: TestService;
  let own: TestResource;
  let downstream: TestResource;
  beforeAll(async () => {
    service = await oauth.service(['tokens:exchange']);
    own = await oauth.resource();
    await oauth.admin('PATCH', `/v1/resources/${own.id}`, { ownerId: service.id });
    downstream = await oauth.resource();
  });

  const someone = async (actions = ['read', 'write']) => {
    const user = await app.createUser();
    await oauth.grant(own, 'user', user.id, ['read']);
    await oauth.grant(downstream, 'user', user.id, actions);
    return user;
  };

  it('gives a token of the person that names the service', async () => {
    const user = await someone();
    const token = await oauth.exchanged(user, downstream, service);
    expect(claimsOf(token)).toMatchObject({
      sub: user.id,
      client_id: service.id,
      aud: downstream.identifier,
      scope: 'read write',
      sid: claimsOf(user.token).sid,
      act: { sub: service.id, sid: service.credentialId, ver: 1 },
      auth_time: claimsOf(user.token).auth_time,
    });
  });

  it('takes what was issued for a resource of its own, as the token that it was called with', async () => {
    const user = await someone();
    const received = await oauth.exchanged(user, own);
    const answer = await oauth.exchange(received, { resource: downstream.identifier }, service);
    expect(claimsOf(accessTokenOf(answer))).toMatchObject({
      sub: user.id,
      act: { sub: service.id },
    });
    // Somebody else's resource: the token came into its hands by mistake, or worse.
    const stranger = await oauth.service(['tokens:exchange']);
    const stolen = await oauth.exchange(received, { resource: downstream.identifier }, stranger);
    expect(stolen.body).toMatchObject({ code: 'invalid_subject_token' });
    // Nor is it worth anything without a client.
    const naked = await oauth.exchange(received, { resource: downstream.identifier });
    expect(naked.body).toMatchObject({ code: 'invalid_subject_token' });
  });

  it('needs the permission, whatever else the service may do', async () => {
    const user = await someone();
    const weak = await oauth.service(['users:write', 'tokens:introspect']);
    await oauth.grant(downstream, 'service', weak.id, ['deploy']);
    const answer = await oauth.exchange(user.token, { resource: downstream.identifier }, weak);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: 'unauthorized_client' });
  });

  it('gives what the person may do, not what the service may: grants are not added up', async () => {
    const user = await someone(['read']);
    await oauth.grant(downstream, 'service', service.id, ['deploy']);
    const target = { resource: downstream.identifier };
    const answer = await oauth.exchange(user.token, target, service);
    expect(answer.body).toMatchObject({ scope: 'read' });
    const more = await oauth.exchange(user.token, { ...target, scope: 'deploy' }, service);
    expect(more.body).toMatchObject({ error: 'invalid_scope' });
    const nobody = await app.createUser();
    expect((await oauth.exchange(nobody.token, target, service)).body).toMatchObject({
      error: 'invalid_target',
    });
  });

  it('makes no chain, and takes no token of a service for that of a person', async () => {
    const user = await someone();
    await oauth.grant(downstream, 'service', service.id, ['read']);
    const acting = await oauth.exchanged(user, own, service);
    for (const subject of [acting, await oauth.tokenOf(service), user.refreshToken]) {
      const answer = await oauth.exchange(subject, { resource: downstream.identifier }, service);
      expect(answer.body).toMatchObject({
        error: 'invalid_request',
        code: 'invalid_subject_token',
      });
    }
  });

  it('is written down as what the service did', async () => {
    const user = await someone();
    await oauth.exchanged(user, downstream, service);
    const { token } = await app.admin();
    const answer = await app.api('GET', `/v1/audit?action=token.exchanged&targetId=${user.id}`, {
      token,
    });
    expect((answer.body as { items: unknown[] }).items).toMatchObject([
      { actorId: service.id, sessionId: service.credentialId, targetType: 'user' },
    ]);
  });

  it('ends with the credential at the latest', async () => {
    const expiresAt = new Date(app.clock.now() + 45_000);
    const brief = await oauth.service(['tokens:exchange'], { expiresAt: expiresAt.toISOString() });
    const { exp } = claimsOf(await oauth.exchanged(await someone(), downstream, brief));
    expect(exp * 1000).toBeLessThanOrEqual(expiresAt.getTime());
  });

  it("does not reach Signet's own API", async () => {
    const user = await app.admin();
    const answer = await oauth.exchange(user.token, { resource: app.settings.issuer }, service);
    expect(answer.body).toMatchObject({ error: 'invalid_target' });
  });
});

describe('what ends an exchanged token at once', () => {
  let resource: TestResource;
  let reader: TestService;
  beforeAll(async () => {
    resource = await oauth.resource();
    reader = await oauth.service(['tokens:introspect']);
  });

  /** A person and a service with a token for each case, both active. */
  const scene = async () => {
    const user = await app.createUser();
    await oauth.grant(resource, 'user', user.id, ['read']);
    const service = await oauth.service(['tokens:exchange']);
    const own = await oauth.exchanged(user, resource);
    const acting = await oauth.exchanged(user, resource, service);
    const active = async () => [
      await oauth.isActive(reader, own),
      await oauth.isActive(reader, acting),
    ];
    expect(await active()).toEqual([true, true]);
    const again = () => oauth.exchange(user.token, { resource: resource.identifier }, service);
    return { user, service, active, again };
  };

  it('signing out', async () => {
    const { user, active, again } = await scene();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    expect(await active()).toEqual([false, false]);
    expect((await again()).body).toMatchObject({ code: 'invalid_subject_token' });
  });

  it('disabling the person', async () => {
    const { user, active, again } = await scene();
    await oauth.admin('POST', `/v1/users/${user.id}/disable`);
    expect(await active()).toEqual([false, false]);
    expect((await again()).body).toMatchObject({ code: 'invalid_subject_token' });
  });

  it('removing the credential of the service, for what the service does', async () => {
    const { service, active, again } = await scene();
    await oauth.admin(
      'DELETE',
      `/v1/service-accounts/${service.id}/credentials/${service.credentialId}`,
    );
    expect(await active()).toEqual([true, false]);
    expect((await again()).body).toMatchObject({ error: 'invalid_client' });
  });

  it('disabling the service, for what the service does', async () => {
    const { service, active, again } = await scene();
    await oauth.admin('POST', `/v1/service-accounts/${service.id}/disable`);
    expect(await active()).toEqual([true, false]);
    expect((await again()).body).toMatchObject({ error: 'invalid_client' });
  });

  it('removing the service', async () => {
    const { service, active } = await scene();
    await oauth.admin('DELETE', `/v1/service-accounts/${service.id}`);
    expect(await active()).toEqual([true, false]);
  });

  it('taking a role from the person', async () => {
    const { user, active } = await scene();
    const role = await oauth.role(['audit:read']);
    await oauth.admin('PUT', `/v1/users/${user.id}/roles`, { roles: [role] });
    expect(await active()).toEqual([true, true]);
    await oauth.admin('PUT', `/v1/users/${user.id}/roles`, { roles: [] });
    expect(await active()).toEqual([false, false]);
  });

  it('is known from the database, before this replica has heard of it', async () => {
    const replica = await app.startReplica();
    const there = new OAuth(replica);
    const role = await oauth.role(['audit:read']);
    const ends: readonly ((user: TestUser) => Promise<unknown>)[] = [
      ({ token }) => app.api('POST', '/v1/auth/logout', { token }),
      ({ id }) => oauth.admin('PUT', `/v1/users/${id}/roles`, { roles: [] }),
      ({ id }) => oauth.admin('POST', `/v1/users/${id}/disable`),
    ];
    for (const end of ends) {
      const user = await app.createUser({ roles: [role] });
      await oauth.grant(resource, 'user', user.id, ['read']);
      await replica.nest.get(RevocationFeed).stop();
      try {
        await end(user);
        const answer = await there.exchange(user.token, { resource: resource.identifier });
        expect(answer.body).toMatchObject({ code: 'invalid_subject_token' });
      } finally {
        await replica.nest.get(RevocationFeed).start();
      }
    }
  });
});

describe('what an administrator says of somebody', () => {
  const CLAIMS = { team: 'payments', level: 3 };
  let resource: TestResource;
  let service: TestService;
  let user: TestUser;
  beforeAll(async () => {
    resource = await oauth.resource({ claims: ['team'] });
    service = await oauth.service(['tokens:exchange', 'resources:read']);
    await oauth.grant(resource, 'service', service.id, ['read', 'write']);
    await oauth.admin('PUT', `/v1/service-accounts/${service.id}/claims`, CLAIMS);
    const role = await oauth.role(['audit:read']);
    const person = await app.createUser({ roles: [role] });
    await oauth.grant(resource, 'role', role, ['read']);
    await oauth.admin('PUT', `/v1/users/${person.id}/claims`, { ...CLAIMS, team: 'people' });
    const tokens = await app.login(person.username, person.password);
    user = { ...person, token: tokens.access_token, refreshToken: tokens.refresh_token };
  });

  it('is in tokens, as far as the resource wants to know, and of the person where a service acts', async () => {
    const target = { resource: resource.identifier };
    const said = (token: string) => claimsOf(token).user_claims;
    expect(said(await oauth.tokenOf(service))).toEqual(CLAIMS);
    expect(said(await oauth.tokenOf(service, target))).toEqual({ team: 'payments' });
    expect(said(await oauth.exchanged(user, resource))).toEqual({ team: 'people' });
    expect(said(await oauth.exchanged(user, resource, service))).toEqual({ team: 'people' });
  });

  it('is told by the token alone, not by introspection', async () => {
    const token = await oauth.tokenOf(service);
    expect((await oauth.introspect(service, token)).body).not.toHaveProperty('user_claims');
  });

  it('is previewed as it comes (POST /v1/tokens/preview)', async () => {
    const { token: admin } = await app.admin();
    const target = { resource: resource.identifier };
    /** What does not differ from one token to the next. */
    const lasting = (claims: Partial<Claims>) => {
      const {
        jti: _,
        iat: __,
        nbf: ___,
        exp: ____,
        sid: _____,
        auth_time: ______,
        status: _______,
        ...rest
      } = claims;
      return rest;
    };
    const previewed = async (principal: object, more: object) => {
      const body = { principal, ...more };
      const answer = await app.api('POST', '/v1/tokens/preview', { token: admin, body });
      return lasting((answer.body as { token: { claims: Claims } }).token.claims);
    };
    const machine = { type: 'service', id: service.id };
    for (const ask of [{}, { scope: 'resources:read' }, target, { ...target, scope: 'write' }])
      expect(await previewed(machine, ask)).toEqual(
        lasting(claimsOf(await oauth.tokenOf(service, ask))),
      );
    expect(await previewed({ type: 'user', id: user.id }, target)).toEqual(
      lasting(claimsOf(await oauth.exchanged(user, resource))),
    );
  });
});

describe('an issuer that is renamed', () => {
  it('takes tokens of its former name as long as it is told to', async () => {
    const database = await createDatabase();
    const at = (settings: Record<string, string>) => startTestApp({ database, settings });
    const OLD = 'https://signet-old.example.com';
    const KEY_ENCRYPTION_KEY = randomBytes(32).toString('base64');
    const old = await at({ ISSUER_URL: OLD, KEY_ENCRYPTION_KEY });
    const admin = await old.admin();
    await old.close();
    try {
      for (const [settings, status] of [
        [{}, 401],
        [{ ACCEPTED_AUDIENCES: OLD }, 200],
      ] as const) {
        const renamed = await at({ ...settings, KEY_ENCRYPTION_KEY });
        try {
          const me = (token: string) => renamed.api('GET', '/v1/auth/me', { token });
          expect((await me(admin.token)).status).toBe(status);
          // Its own name needs no mention.
          const { access_token: fresh } = await renamed.login(admin.username, admin.password);
          expect((await me(fresh)).status).toBe(200);
          const asked = await new OAuth(renamed).post(
            'introspect',
            { token: admin.token },
            { token: fresh },
          );
          expect(asked.body).toMatchObject({ active: status === 200 });
        } finally {
          await renamed.close();
        }
      }
    } finally {
      await database.drop();
    }
  });
});

describe("a resource with a name of Signet's own", () => {
  const OLD = 'https://signet-old.example.com';
  let own: TestApp;
  let there: OAuth;
  beforeAll(async () => {
    own = await startTestApp({ settings: { ACCEPTED_AUDIENCES: `http://signet.test,${OLD}` } });
    there = new OAuth(own);
  });
  afterAll(() => own.close());

  it('cannot be registered, and gives no tokens however it came there', async () => {
    const editor = await own.createUser({ roles: ['editor'] });
    const body = { identifier: OLD, name: 'Mine', actions: ['users:read', 'users:write'] };
    const refused = await own.api('POST', '/v1/resources', { token: editor.token, body });
    expect(refused.status).toBe(400);
    const { identifier } = await there.resource({ actions: body.actions, ownerId: editor.id });
    await own.database.execute('UPDATE resources SET identifier = ? WHERE identifier = ?', [
      OLD,
      identifier,
    ]);
    // Its actions, in a token with this audience, would be permissions at Signet.
    const exchanged = await there.exchange(editor.token, { resource: OLD });
    expect(exchanged.body).toMatchObject({ error: 'invalid_target' });
    const service = await there.service();
    await own.database.execute('UPDATE resources SET owner_id = ? WHERE identifier = ?', [
      service.id,
      OLD,
    ]);
    const { token } = await own.admin();
    expect(claimsOf(await there.tokenOf(service, { resource: OLD }))).toMatchObject({
      aud: 'http://signet.test',
      scope: '',
    });
    expect(await there.isActive(service, token)).toBe(false);
  });
});

describe('a request of a client', () => {
  it('is logged with the client, and without what it sent', async () => {
    const service = await oauth.service();
    const token = await oauth.tokenOf(service);
    await oauth.introspect(service, token);
    const { credentialId, id, secret } = service;
    const lines = app.logs.filter((line) => line.includes('/oauth/')).slice(-2);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { route: '/oauth/token', status: 200, principal: id },
      { route: '/oauth/introspect', status: 200, principal: id },
    ]);
    const everything = app.logs.join('');
    for (const canary of [secret, token, basic(id, secret)['authorization'] ?? '', credentialId])
      expect(everything).not.toContain(canary);
  });
});
