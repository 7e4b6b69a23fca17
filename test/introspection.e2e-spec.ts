import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { Forge, reencodings } from './attacks/forge.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer } from './support/http.js';
import { OAuth, basic, claimsOf } from './support/oauth.js';
import type { TestResource, TestService } from './support/oauth.js';

let app: TestApp;
let oauth: OAuth;
let resource: TestResource;
/** May introspect everything. */
let reader: TestService;
beforeAll(async () => {
  app = await startTestApp();
  oauth = new OAuth(app);
  resource = await oauth.resource();
  reader = await oauth.service(['tokens:introspect']);
});
afterAll(() => app.close());

const person = async (): Promise<TestUser> => {
  const user = await app.createUser({ roles: ['viewer'] });
  await oauth.grant(resource, 'user', user.id, ['read']);
  return user;
};
const refresh = async (refresh_token: string) => {
  const { status, body } = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
  return { status, ...(body as { access_token: string; refresh_token: string }) };
};
const logout = (token: string) => app.api('POST', '/v1/auth/logout', { token });

describe('introspection (RFC 7662)', () => {
  it('says what an access token says, and no personal data', async () => {
    const user = await person();
    const { iss, sub, aud, exp, nbf, iat, jti, sid, scope, roles, auth_time, amr, acr } = claimsOf(
      user.token,
    );
    const answer = await oauth.introspect(reader, user.token);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      active: true,
      token_type: 'Bearer',
      client_id: 'signet',
      ...{ iss, sub, aud, exp, nbf, iat, jti, sid, scope, roles, auth_time, amr, acr },
    });
    expect(JSON.stringify(answer.body)).not.toContain(user.username);
  });

  it('says who acts', async () => {
    const user = await person();
    const service = await oauth.service(['tokens:exchange']);
    const token = await oauth.exchanged(user, resource, service);
    expect((await oauth.introspect(reader, token)).body).toMatchObject({
      active: true,
      sub: user.id,
      client_id: service.id,
      aud: resource.identifier,
      act: { sub: service.id, sid: service.credentialId, ver: 1 },
    });
  });

  it('says when a refresh token would refresh, and leaves it as it is', async () => {
    const user = await person();
    const { sid } = claimsOf(user.token);
    const view = (await oauth.introspect(reader, user.refreshToken)).body;
    expect(view).toEqual({
      active: true,
      client_id: 'signet',
      iss: app.settings.issuer,
      sub: user.id,
      sid,
      iat: expect.any(Number),
      exp: expect.any(Number),
      auth_time: expect.any(Number),
      amr: ['pwd'],
    });
    const { iat, exp } = view as { iat: number; exp: number };
    expect(exp - iat).toBe(app.settings.refreshIdleTtl / 1000);
    for (let i = 0; i < 3; i++) expect(await oauth.isActive(reader, user.refreshToken)).toBe(true);
    const next = await refresh(user.refreshToken);
    expect(next.status).toBe(200);
    // Within the grace the one before still gives the same successor; after it, it would end the session.
    expect(await oauth.isActive(reader, user.refreshToken)).toBe(true);
    expect(await oauth.isActive(reader, next.refresh_token)).toBe(true);
    app.clock.advance(app.settings.refreshGrace + 1000);
    expect(await oauth.isActive(reader, user.refreshToken)).toBe(false);
    // To ask is no reuse: the session goes on.
    expect(await oauth.isActive(reader, next.refresh_token)).toBe(true);
    expect((await refresh(next.refresh_token)).status).toBe(200);
  });

  it('takes the hint for no more than that (REV-03)', async () => {
    const user = await person();
    for (const token_type_hint of ['refresh_token', 'access_token', 'id_token', 'tea'])
      for (const token of [user.token, user.refreshToken]) {
        const { body } = await oauth.introspect(reader, token, { token_type_hint });
        expect(body).toMatchObject({ active: true });
      }
  });

  it('authenticates whoever asks (REV-09)', async () => {
    const { token } = await person();
    const ask = (headers: Record<string, string>, form: Record<string, string> = {}) =>
      oauth.post('introspect', { token, ...form }, { headers });
    for (const answer of [
      await ask({}),
      await ask({}, { client_id: reader.id }),
      await ask(basic(reader.id, 'wrong')),
      await ask({ authorization: 'Bearer garbage' }),
      await ask({ authorization: `Bearer ${reader.secret}` }),
    ])
      expect(answer.status).toBe(401);
    expect((await ask(basic(reader.id, reader.secret))).status).toBe(200);
  });

  it('takes an access token of somebody who may', async () => {
    const { token } = await person();
    const { token: admin } = await app.admin();
    const answer = await oauth.post('introspect', { token }, { token: admin });
    expect(answer.body).toMatchObject({ active: true });
    const refused = await oauth.post('introspect', { token }, { token });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
    expect(refused.body).toMatchObject({ error: 'insufficient_scope' });
    const machine = await oauth.tokenOf(reader);
    expect((await oauth.post('introspect', { token }, { token: machine })).body).toMatchObject({
      active: true,
    });
    // A machine that shows a token, not its secret, learns nothing that a person would not.
    const own = await oauth.tokenOf(await oauth.service());
    expect((await oauth.post('introspect', { token: own }, { token: own })).status).toBe(403);
  });
});

describe('what a service learns without the permission', () => {
  it('is about its own tokens, and those for resources that it owns', async () => {
    const user = await person();
    const service = await oauth.service(['tokens:exchange']);
    const owned = await oauth.resource();
    await oauth.admin('PATCH', `/v1/resources/${owned.id}`, { ownerId: service.id });
    await oauth.grant(owned, 'user', user.id, ['read']);
    await oauth.grant(resource, 'service', service.id, ['read']);
    const stranger = await oauth.service();
    await oauth.grant(resource, 'service', stranger.id, ['read']);
    const mine = [
      await oauth.tokenOf(service),
      await oauth.tokenOf(service, { resource: resource.identifier }),
      await oauth.exchanged(user, resource, service),
      await oauth.exchanged(user, owned),
    ];
    const foreign = [
      user.token,
      user.refreshToken,
      await oauth.exchanged(user, resource),
      await oauth.tokenOf(stranger),
      await oauth.tokenOf(stranger, { resource: resource.identifier }),
      (await app.admin()).token,
    ];
    for (const token of mine) expect(await oauth.isActive(service, token)).toBe(true);
    for (const token of foreign) {
      const { status, body } = await oauth.introspect(service, token);
      expect([status, body]).toEqual([200, { active: false }]);
    }
    for (const token of [...mine, ...foreign])
      expect(await oauth.isActive(reader, token)).toBe(true);
  });

  it('ends with the ownership', async () => {
    const user = await person();
    const service = await oauth.service();
    const owned = await oauth.resource();
    await oauth.admin('PATCH', `/v1/resources/${owned.id}`, { ownerId: service.id });
    await oauth.grant(owned, 'user', user.id, ['read']);
    const token = await oauth.exchanged(user, owned);
    expect(await oauth.isActive(service, token)).toBe(true);
    await oauth.admin('PATCH', `/v1/resources/${owned.id}`, { ownerId: user.id });
    expect((await oauth.introspect(service, token)).body).toEqual({ active: false });
  });
});

describe('introspection and the guards', () => {
  const INACTIVE = { active: false };

  /** Whether the guard lets the token in. Nothing else than yes and no may come back. */
  const isLetIn = async (token: string) => {
    const { status } = await app.api('GET', '/v1/resources', { token });
    expect([200, 401]).toContain(status);
    return status === 200;
  };

  it('agree about every class of tokens for the guarded API (REV-10)', async () => {
    const good = (await person()).token;
    const forge = new Forge(app, good);
    const now = Math.floor(app.clock.now() / 1000);
    const [out, disabled, demoted, deleted, single] = [
      await person(),
      await person(),
      await app.createUser({ roles: ['viewer', 'editor'] }),
      await person(),
      await person(),
    ];
    await logout(out.token);
    await oauth.admin('POST', `/v1/users/${disabled.id}/disable`);
    await oauth.admin('PUT', `/v1/users/${demoted.id}/roles`, { roles: ['viewer'] });
    await oauth.admin('DELETE', `/v1/users/${deleted.id}`);
    await oauth.admin('POST', '/v1/revocations', {
      kind: 'token',
      subject: claimsOf(single.token).jti,
    });
    const service = await oauth.service(['resources:read']);
    const ended = await oauth.service(['resources:read']);
    const endedToken = await oauth.tokenOf(ended);
    await oauth.admin(
      'DELETE',
      `/v1/service-accounts/${ended.id}/credentials/${ended.credentialId}`,
    );
    const classes: Record<string, readonly [token: string, isGood: boolean]> = {
      good: [good, true],
      'of a service': [await oauth.tokenOf(service), true],
      'signed out': [out.token, false],
      'of somebody disabled': [disabled.token, false],
      'of somebody with fewer roles': [demoted.token, false],
      'of somebody deleted': [deleted.token, false],
      'revoked by its id': [single.token, false],
      'of a removed credential': [endedToken, false],
      expired: [forge.signed({ iat: now - 1000, nbf: now - 1000, exp: now - 400 }), false],
      'within the leeway': [forge.signed({ iat: now - 600, nbf: now - 600, exp: now - 1 }), true],
      'not valid yet': [forge.signed({ nbf: now + 300 }), false],
      'from the future': [forge.signed({ iat: now + 300, exp: now + 600 }), false],
      'long-lived': [forge.signed({ exp: now + 90_000 }), false],
      'without an id': [forge.signed({ jti: undefined }), false],
      'of another issuer': [forge.signed({ iss: 'https://evil.example' }), false],
      'with wrong claims': [forge.signed({ roles: 'admin' }), false],
      unsigned: [forge.signedBy(() => Buffer.alloc(0), { alg: 'none' }), false],
      'of another key': [forge.headed({ kid: 'unknown' }), false],
      'of another type': [forge.headed({ typ: 'JWT' }), false],
      tampered: [forge.withSignature('A'.repeat(86)), false],
      'a refresh token': [out.refreshToken, false],
      'a client secret': [service.secret, false],
      garbage: ['garbage', false],
      'five parts': ['a.b.c.d.e', false],
      huge: ['x'.repeat(20_000), false],
    };
    const wrong: string[] = [];
    for (const [name, [token, isGood]] of Object.entries(classes)) {
      const { status, body } = await oauth.introspect(reader, token);
      const isActive = status === 200 && (body as { active: boolean }).active;
      // A huge header is refused before any guard.
      const isIn = token.length > 8192 ? false : await isLetIn(token);
      const isExact = isActive || JSON.stringify(body) === JSON.stringify(INACTIVE);
      if (isActive !== isGood || isIn !== isGood || !isExact || status !== 200)
        wrong.push(`${name}: guard ${isIn}, active ${JSON.stringify(body)}, expected ${isGood}`);
    }
    expect(wrong).toEqual([]);
  });

  it('agree about every encoding of a revoked token (TOK-18)', async () => {
    const { token } = await person();
    await logout(token);
    for (const text of reencodings(token)) {
      expect((await oauth.introspect(reader, text)).body).toEqual(INACTIVE);
      expect(await isLetIn(text)).toBe(false);
    }
  });

  it('call nothing active that text makes of a token', async () => {
    const { token } = await person();
    for (const text of [
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${token}\0`,
      `"${token}"`,
      '\0',
      '',
    ])
      if (text !== '') expect((await oauth.introspect(reader, text)).body).toEqual(INACTIVE);
    expect((await oauth.introspect(reader, '')).body).toMatchObject({ error: 'invalid_request' });
  });
});

describe('a replica that does not know', () => {
  afterEach(async () => {
    await app.nest.get(RevocationFeed).start();
  });

  it('says so, and not that the token is inactive', async () => {
    const { token, refreshToken } = await person();
    const ended = await person();
    await logout(ended.token);
    await app.nest.get(RevocationFeed).stop();
    app.clock.advance(app.settings.revocationMaxStaleness + 1);
    const answer: Answer = await oauth.introspect(reader, token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.body).toMatchObject({
      error: 'temporarily_unavailable',
      code: 'revocation_state_stale',
    });
    // What is known for certain is told.
    expect(await oauth.isActive(reader, ended.token)).toBe(false);
    expect(await oauth.isActive(reader, 'garbage')).toBe(false);
    expect(await oauth.isActive(reader, refreshToken)).toBe(true);
  });
});
