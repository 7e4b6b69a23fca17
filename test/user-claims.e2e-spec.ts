import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '../src/tokens/token-issuer.js';
import { TokenRefused, TokenVerifier } from '../src/tokens/token-verifier.js';
import { claimsOf } from './attacks/forge.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser, Tokens } from './support/app.js';
import type { Answer, Call } from './support/http.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
let admin: TestUser;
/** May write users and roles, and nothing else. */
let manager: TestUser;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  const permissions = ['users:read', 'users:write', 'roles:read', 'roles:write'];
  expect((await makeRole('manager', permissions)).status).toBe(201);
  manager = await app.createUser({ roles: ['manager'] });
});
afterAll(() => app.close());

function makeRole(name: string, permissions: readonly string[]): Promise<Answer> {
  return app.api('POST', '/v1/roles', { token: admin.token, body: { name, permissions } });
}

function put(id: string, body: unknown, call: Call = {}): Promise<Answer> {
  return app.api('PUT', `/v1/users/${id}/claims`, { token: admin.token, body, ...call });
}

function get(id: string, by = admin): Promise<Answer> {
  return app.api('GET', `/v1/users/${id}/claims`, { token: by.token });
}

async function set(id: string, claims: unknown): Promise<void> {
  const answer = await put(id, claims);
  expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: claims });
}

async function refresh(token: string): Promise<Tokens> {
  const answer = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token: token } });
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
}

const claimsIn = ({ access_token: token }: Tokens) => claimsOf(token)['user_claims'];
const statusOf = async (token: string) => (await app.api('GET', '/v1/auth/me', { token })).status;
const errorsIn = ({ body }: Answer) =>
  (body as { errors?: readonly { pointer: string; code: string }[] }).errors?.map(
    ({ pointer, code }) => `${pointer} ${code}`,
  );

describe('custom claims', () => {
  it('are none at first, and then not in the token either', async () => {
    const user = await app.createUser();
    const { status, headers, body } = await get(user.id);
    expect({ status, etag: headers.get('etag'), body }).toEqual({
      status: 200,
      etag: '"0"',
      body: {},
    });
    expect(claimsOf(user.token)).not.toHaveProperty('user_claims');
  });

  it('are in the next token, as they were set', async () => {
    const user = await app.createUser();
    const claims = {
      team: 'payments',
      cost_center: 4711,
      on_call: false,
      manager: null,
      regions: ['eu', { name: 'Übersee 🦊', ratio: 0.1 }],
    };
    await set(user.id, claims);
    expect((await get(user.id)).body).toEqual(claims);
    const tokens = await refresh(user.refreshToken);
    expect(claimsIn(tokens)).toEqual(claims);
    expect(await statusOf(tokens.access_token)).toBe(200);
    const login = await app.login(user.username, user.password);
    expect(claimsIn(login)).toEqual(claims);
  });

  it('are replaced as a whole, and removed by an empty object', async () => {
    const user = await app.createUser();
    await set(user.id, { team: 'payments', level: 1 });
    await set(user.id, { level: 2 });
    expect((await get(user.id)).body).toEqual({ level: 2 });
    await set(user.id, {});
    const tokens = await refresh(user.refreshToken);
    expect(claimsOf(tokens.access_token)).not.toHaveProperty('user_claims');
  });

  it('go with their user', async () => {
    const user = await app.createUser();
    await set(user.id, { team: 'payments' });
    await app.api('DELETE', `/v1/users/${user.id}`, { token: admin.token });
    expect((await get(user.id)).status).toBe(404);
    const rows = await app.database.select(
      'SELECT principal_id FROM principal_claims WHERE principal_id = ?',
      [user.id],
    );
    expect(rows).toEqual([]);
  });

  it('are of somebody who is there', async () => {
    for (const answer of [await get(UNKNOWN), await put(UNKNOWN, { team: 'a' })]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'user_not_found' } });
    }
    expect((await get('1')).status).toBe(400);
  });
});

describe('a change of claims', () => {
  it('that only adds leaves older tokens alone', async () => {
    const user = await app.createUser();
    await set(user.id, { team: 'payments' });
    const { access_token: token, refresh_token } = await refresh(user.refreshToken);
    await set(user.id, { team: 'payments', level: 1 });
    expect(await statusOf(token)).toBe(200);
    expect(claimsIn(await refresh(refresh_token))).toEqual({ team: 'payments', level: 1 });
  });

  it.each([
    ['changes a value', { team: 'search', regions: ['eu'] }],
    ['changes something further down', { team: 'payments', regions: ['eu', 'us'] }],
    ['removes one', { team: 'payments' }],
    ['removes all', {}],
  ])('that %s ends the tokens that say it, not the session', async (_, after) => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    await set(user.id, { team: 'payments', regions: ['eu'] });
    const old = await refresh(user.refreshToken);
    await set(user.id, after);
    expect(await statusOf(old.access_token)).toBe(401);
    await expect(refusalOn(replica, old.access_token)).resolves.toBe(401);
    const fresh = await refresh(old.refresh_token);
    expect(claimsIn(fresh) ?? {}).toEqual(after);
    expect(await statusOf(fresh.access_token)).toBe(200);
  });

  it('that changes nothing ends nothing', async () => {
    const user = await app.createUser();
    await set(user.id, { a: { b: 1, c: 2 } });
    const { access_token: token } = await refresh(user.refreshToken);
    await set(user.id, { a: { c: 2, b: 1 } });
    expect(await statusOf(token)).toBe(200);
  });

  it('leaves the names in the audit log, and no value', async () => {
    const user = await app.createUser();
    await set(user.id, { team: 'canary-1', level: 1 });
    await set(user.id, { level: 1, team_lead: 'canary-2' });
    const { body } = await app.api('GET', `/v1/audit?targetId=${user.id}&action=claims.set`, {
      token: admin.token,
    });
    expect((body as { items: unknown[] }).items).toEqual([
      expect.objectContaining({
        actorId: admin.id,
        targetType: 'user',
        detail: { before: ['team', 'level'], after: ['level', 'team_lead'] },
      }),
      expect.objectContaining({ detail: { before: [], after: ['team', 'level'] } }),
    ]);
    expect(JSON.stringify(body)).not.toContain('canary');
    expect(app.logs.join('')).not.toContain('canary');
    const revocations = await app.api('GET', `/v1/revocations?subject=${user.id}`, {
      token: admin.token,
    });
    expect(revocations.body).toMatchObject({ items: [{ reason: 'claims_changed' }] });
  });

  it('is refused when they were changed since they were read', async () => {
    const user = await app.createUser();
    const { headers } = await put(user.id, { a: 1 }, { headers: { 'if-match': '"0"' } });
    expect(headers.get('etag')).toBe('"1"');
    for (const seen of ['"0"', '"2"', 'W/"1"', '"x"']) {
      const refused = await put(user.id, { a: 2 }, { headers: { 'if-match': seen } });
      expect(refused).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    }
    const removed = await put(user.id, {}, { headers: { 'if-match': '"1"' } });
    expect(removed.headers.get('etag')).toBe('"2"'); // no version comes back
  });

  it('at the same time as another one is done after it, not over it', async () => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 === 0 ? app : replica).api('PUT', `/v1/users/${user.id}/claims`, {
          token: admin.token,
          body: { turn: i },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect((await get(user.id)).headers.get('etag')).toBe('"8"');
  });
});

describe('who may set claims', () => {
  it('is whoever may write users, but for those of an administrator', async () => {
    const user = await app.createUser();
    expect((await put(user.id, { team: 'a' }, { token: manager.token })).status).toBe(200);
    expect((await get(admin.id, manager)).status).toBe(200);
    const refused = await put(admin.id, { team: 'a' }, { token: manager.token });
    expect(refused).toMatchObject({ status: 403, body: { code: 'access_denied' } });
    expect((await get(admin.id)).body).toEqual({});
  });

  it('is nobody who may only read users, or nothing', async () => {
    const user = await app.createUser();
    expect((await makeRole('reader', ['users:read'])).status).toBe(201);
    const reader = await app.createUser({ roles: ['reader'] });
    expect((await get(user.id, reader)).status).toBe(200);
    expect((await put(user.id, { team: 'a' }, { token: reader.token })).status).toBe(403);
    for (const answer of [await get(user.id, user), await put(user.id, {}, { token: user.token })])
      expect(answer.status).toBe(403);
  });
});

describe('what claims may be', () => {
  it.each<[string, unknown]>([
    ['a list', [{ team: 'a' }]],
    ['null', null],
    ['a text', 'team'],
    ['a number', 1],
    ['absent', undefined],
  ])('is an object, not %s', async (_, body) => {
    const user = await app.createUser();
    const answer = await put(user.id, body);
    expect(answer.status).toBe(400);
    expect((await get(user.id)).body).toEqual({});
  });

  it('is nothing that has a meaning already, or is too much, and all of it is told', async () => {
    const user = await app.createUser();
    const answer = await put(user.id, {
      roles: ['admin'],
      sub: admin.id,
      Team: 'canary',
      deep: [[[[['canary']]]]],
      text: '\ud800canary',
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(errorsIn(answer)).toEqual([
      '/roles reserved',
      '/sub reserved',
      '/Team name',
      '/deep/0/0/0/0 depth',
      '/text text',
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('canary');
    expect((await get(user.id)).body).toEqual({});
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"__proto__":{"admin":true}}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"constructor":1}',
    '{"a":[{"constructor":{"x":1}}]}',
    '{"a":{"prototype":{}}}',
    '{"a":1e999}',
    '{"a":9007199254740993}',
    '{"a":"\\ud800"}',
    `{"a":[${Array.from({ length: 60 }, () => 1).join(',')}]}`,
    `${'{"a":'.repeat(6)}1${'}'.repeat(6)}`,
    `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`,
  ])('is nothing hostile: %s', async (rawBody) => {
    const user = await app.createUser();
    expect((await put(user.id, undefined, { rawBody, conform: false })).status).toBe(400);
    expect((await get(user.id)).body).toEqual({});
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('the budget of a token', () => {
  /** Claims that leave room for a few permissions and no more. */
  const HEAVY = { text: 'x'.repeat(650) };
  const permissions = (count: number) =>
    Array.from({ length: count }, (_, i) => `permission-number-${i}:read`);

  it('is what claims must fit into, and who has too many keeps those of before', async () => {
    const user = await app.createUser();
    await set(user.id, { team: 'a' });
    const answer = await put(user.id, { text: 'canary'.repeat(400) });
    expect(answer).toMatchObject({ status: 422, body: { code: 'token_too_large' } });
    expect((answer.body as { detail: string }).detail).toContain('user_claims (2411 bytes)');
    expect(JSON.stringify(answer.body)).not.toContain('canary');
    expect((await get(user.id)).body).toEqual({ team: 'a' });
    expect(claimsIn(await app.login(user.username, user.password))).toEqual({ team: 'a' });
  });

  it('counts the roles that somebody has', async () => {
    expect((await makeRole('wide', permissions(30))).status).toBe(201);
    const user = await app.createUser({ roles: ['wide'] });
    expect((await put(user.id, HEAVY)).status).toBe(422);
    expect((await put((await app.createUser()).id, HEAVY)).status).toBe(200);
  });

  it('counts the claims of whoever is given a role', async () => {
    expect((await makeRole('broad', permissions(30))).status).toBe(201);
    const user = await app.createUser();
    await set(user.id, HEAVY);
    const answer = await app.api('PUT', `/v1/users/${user.id}/roles`, {
      token: admin.token,
      body: { roles: ['broad'] },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'token_too_large' } });
    expect(claimsIn(await app.login(user.username, user.password))).toEqual(HEAVY);
  });

  it('counts the claims of everyone who has a role that is changed', async () => {
    expect((await makeRole('growing', permissions(1))).status).toBe(201);
    const users = [];
    for (const claims of [{}, { a: 1 }, HEAVY, { b: 'x'.repeat(50) }]) {
      const user = await app.createUser({ roles: ['growing'] });
      await set(user.id, claims);
      users.push(user);
    }
    const change = (count: number) =>
      app.api('PATCH', '/v1/roles/growing', {
        token: admin.token,
        body: { permissions: permissions(count) },
      });
    expect(await change(30)).toMatchObject({ status: 422, body: { code: 'token_too_large' } });
    const heavy = users[2];
    if (heavy === undefined) throw new Error('There were four');
    expect((await app.login(heavy.username, heavy.password)).scope).toBe(
      'permission-number-0:read',
    );
    await set(heavy.id, {});
    expect((await change(30)).status).toBe(200);
  });

  it('is not overrun by two changes at once that fit one by one', async () => {
    const replica = await app.startReplica();
    for (let round = 0; round < 6; round++) {
      const role = `racing-${round}`;
      expect((await makeRole(role, permissions(1))).status).toBe(201);
      const user = await app.createUser({ roles: [role] });
      const [claims, change] = await Promise.all([
        put(user.id, HEAVY),
        replica.api('PATCH', `/v1/roles/${role}`, {
          token: admin.token,
          body: { permissions: permissions(30) },
        }),
      ]);
      expect([claims.status, change.status].sort()).toEqual([200, 422]);
      await app.login(user.username, user.password);
    }
  });
});

describe('of a service account', () => {
  let count = 0;
  async function makeAccount(roles: readonly string[] = []): Promise<string> {
    const body = { name: `robot-${++count}`, roles };
    const answer = await app.api('POST', '/v1/service-accounts', { token: admin.token, body });
    expect(answer.status).toBe(201);
    return (answer.body as { id: string }).id;
  }
  const path = (id: string) => `/v1/service-accounts/${id}/claims`;
  const send = (id: string, body: unknown, by = admin) =>
    app.api('PUT', path(id), { token: by.token, body });
  const read = (id: string, by = admin) => app.api('GET', path(id), { token: by.token });

  it('claims are set and read as those of a user', async () => {
    const id = await makeAccount(['viewer']);
    expect((await read(id)).body).toEqual({});
    const set = await send(id, { team: 'payments' });
    expect(set).toMatchObject({ status: 200, body: { team: 'payments' } });
    expect(set.headers.get('etag')).toBe('"1"');
    expect((await read(id)).body).toEqual({ team: 'payments' });
    expect(errorsIn(await send(id, { sub: 'x' }))).toEqual(['/sub reserved']);
    const { body } = await app.api('GET', `/v1/audit?targetId=${id}&action=claims.set`, {
      token: admin.token,
    });
    expect(body).toMatchObject({
      items: [{ targetType: 'service-account', detail: { before: [], after: ['team'] } }],
    });
  });

  it('are what its tokens would say, and a change ends those that say it', async () => {
    const id = await makeAccount();
    await send(id, { team: 'payments' });
    const grant = { clientId: id, subject: id, sessionId: randomUUID(), roles: [], scope: [] };
    const { token } = app.nest.get(TokenIssuer).issue({
      ...grant,
      tokenVersion: 1,
      userClaims: { team: 'payments' },
      asOf: app.clock.now(),
    });
    const isGood = () => {
      try {
        return app.nest.get(TokenVerifier).verify(token).id === id;
      } catch (error) {
        if (error instanceof TokenRefused) return error.step;
        throw error;
      }
    };
    expect(isGood()).toBe(true);
    await send(id, { team: 'payments', level: 1 });
    expect(isGood()).toBe(true);
    await send(id, { team: 'search', level: 1 });
    expect(isGood()).toBe('revocation');
  });

  it('are not those of a user, nor the other way round', async () => {
    const [id, user] = [await makeAccount(), await app.createUser()];
    expect(await put(id, { team: 'a' })).toMatchObject({ body: { code: 'user_not_found' } });
    expect((await get(id)).status).toBe(404);
    for (const answer of [await send(user.id, { team: 'a' }), await read(user.id)]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'service_account_not_found' } });
    }
    expect((await get(user.id)).body).toEqual({});
  });

  it('are set by whoever may write service accounts, but for those of an administrator', async () => {
    const permissions = ['service-accounts:read', 'service-accounts:write'];
    expect((await makeRole('account-manager', permissions)).status).toBe(201);
    const keeper = await app.createUser({ roles: ['account-manager'] });
    const [id, powerful] = [await makeAccount(), await makeAccount(['admin'])];
    expect((await send(id, { team: 'a' }, keeper)).status).toBe(200);
    expect((await send(powerful, { team: 'a' }, keeper)).status).toBe(403);
    expect((await read(powerful, keeper)).body).toEqual({});
    expect((await send(id, { team: 'b' }, manager)).status).toBe(403);
    expect((await read(id, manager)).status).toBe(403);
  });

  it('count when it is given a role', async () => {
    const permissions = Array.from({ length: 30 }, (_, i) => `permission-number-${i}:read`);
    expect((await makeRole('laden', permissions)).status).toBe(201);
    const id = await makeAccount();
    expect((await send(id, { text: 'x'.repeat(650) })).status).toBe(200);
    const give = () =>
      app.api('PUT', `/v1/service-accounts/${id}/roles`, {
        token: admin.token,
        body: { roles: ['laden'] },
      });
    expect(await give()).toMatchObject({ status: 422, body: { code: 'token_too_large' } });
    await send(id, {});
    expect((await give()).status).toBe(200);
    expect((await send(id, { text: 'x'.repeat(650) })).status).toBe(422);
  });
});

describe("an installation's own schema", () => {
  it('decides what claims are, beside the rules for all', async () => {
    const schema = {
      type: 'object',
      properties: {
        team: { enum: ['payments', 'search'] },
        mail_alias: { type: 'string', format: 'email' },
        level: { type: 'integer', minimum: 1 },
        roles: { type: 'string' },
      },
      additionalProperties: false,
    };
    const strict = await startTestApp({ settings: { USER_CLAIMS_SCHEMA: JSON.stringify(schema) } });
    try {
      const { token } = await strict.admin();
      const user = await strict.createUser();
      const send = (body: unknown) =>
        strict.api('PUT', `/v1/users/${user.id}/claims`, { token, body });
      expect((await send({ team: 'search', level: 2 })).status).toBe(200);
      const refused = await send({ team: 'canary', level: 0, mail_alias: 'canary', other: 1 });
      expect(refused.status).toBe(400);
      expect(errorsIn(refused)?.sort()).toEqual([
        '/level minimum',
        '/mail_alias format',
        '/other additionalProperties',
        '/team enum',
      ]);
      expect(JSON.stringify(refused.body)).not.toContain('canary');
      expect(errorsIn(await send({ roles: 'admin' }))).toEqual(['/roles reserved']);
      const login = await strict.login(user.username, user.password);
      expect(claimsIn(login)).toEqual({ team: 'search', level: 2 });
    } finally {
      await strict.close();
    }
  });
});

/** The status on another replica, as soon as it knows; within the bound it must. */
async function refusalOn(replica: TestApp, token: string): Promise<number> {
  const until = performance.now() + replica.settings.revocationMaxStaleness;
  for (;;) {
    const { status } = await replica.api('GET', '/v1/auth/me', { token });
    if (status === 401 || performance.now() > until) return status;
  }
}
