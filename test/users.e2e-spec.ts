import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';
import { newPerson } from './support/people.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

interface User {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly displayName: string;
  readonly status: string;
  readonly roles: readonly string[];
  readonly version: number;
}

interface Page {
  readonly items: readonly User[];
  readonly nextCursor: string | null;
}

let app: TestApp;
let admin: TestUser;
/** May write users and roles, and nothing else. */
let manager: TestUser;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  const role = {
    name: 'manager',
    permissions: ['users:read', 'users:write', 'roles:read', 'roles:write'],
  };
  expect((await app.api('POST', '/v1/roles', { token: admin.token, body: role })).status).toBe(201);
  manager = await app.createUser({ roles: ['manager'] });
});
afterAll(() => app.close());

function post(body: object, by = admin): Promise<Answer> {
  return app.api('POST', '/v1/users', { token: by.token, body });
}

async function make(changes: object = {}): Promise<User> {
  const answer = await post({ ...newPerson(), ...changes });
  expect(answer.status).toBe(201);
  return answer.body as User;
}

async function read(id: string): Promise<User> {
  const answer = await app.api('GET', `/v1/users/${id}`, { token: admin.token });
  expect(answer.status).toBe(200);
  return answer.body as User;
}

function patch(
  id: string,
  body: object,
  headers: Call['headers'] = {},
  by = admin,
): Promise<Answer> {
  return app.api('PATCH', `/v1/users/${id}`, { token: by.token, body, headers });
}

function setRoles(id: string, roles: readonly string[], by = admin): Promise<Answer> {
  return app.api('PUT', `/v1/users/${id}/roles`, { token: by.token, body: { roles } });
}

function act(id: string, act: 'disable' | 'enable' | 'revoke-tokens', by = admin): Promise<Answer> {
  return app.api('POST', `/v1/users/${id}/${act}`, { token: by.token });
}

function remove(id: string, by = admin): Promise<Answer> {
  return app.api('DELETE', `/v1/users/${id}`, { token: by.token });
}

function login(identifier: string, password: string): Promise<Answer> {
  return app.api('POST', '/v1/auth/login', { body: { identifier, password } });
}

const statusOf = async (token: string) => (await app.api('GET', '/v1/auth/me', { token })).status;

function refresh(user: TestUser): Promise<Answer> {
  return app.api('POST', '/v1/auth/refresh', { body: { refresh_token: user.refreshToken } });
}

async function list(query: string): Promise<Page> {
  const answer = await app.api('GET', `/v1/users?${query}`, { token: admin.token });
  expect(answer.status).toBe(200);
  return answer.body as Page;
}

const idsOf = ({ items }: Page) => items.map(({ id }) => id);

async function auditOf(id: string): Promise<readonly string[]> {
  const { body } = await app.api('GET', `/v1/audit?targetId=${id}`, { token: admin.token });
  return (body as { items: { action: string }[] }).items.map(({ action }) => action).sort();
}

describe('making a user', () => {
  it('says where the user is, and never shows the password or its hash', async () => {
    const { email, username, password } = newPerson();
    const answer = await post({
      email: email.toUpperCase(),
      username: username.toUpperCase(),
      password,
      displayName: 'Ada \u{1f98a}',
      roles: ['viewer', 'editor'],
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('"1"');
    const user = answer.body as User;
    expect(answer.headers.get('location')).toBe(`/v1/users/${user.id}`);
    expect(user).toEqual({
      id: expect.any(String),
      email,
      username,
      displayName: 'Ada \u{1f98a}',
      status: 'active',
      roles: ['editor', 'viewer'],
      version: 1,
      passwordChangedAt: expect.any(String),
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await read(user.id)).toEqual(user);
    expect(await auditOf(user.id)).toEqual(['user.created']);
    const [row] = await app.database.select<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = ?',
      [user.id],
    );
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    for (const identifier of [email, username, username.toUpperCase()]) {
      expect((await login(identifier, password)).status).toBe(200);
    }
  });

  it('needs neither a display name nor roles', async () => {
    const { username, displayName, roles } = await make();
    expect({ displayName, roles }).toEqual({ displayName: username, roles: [] });
  });

  it('takes each address and each name once, in whatever case', async () => {
    const first = await make();
    const sameEmail = await post({ ...newPerson(), email: first.email.toUpperCase() });
    expect(sameEmail.body).toMatchObject({ status: 409, code: 'email_taken' });
    const sameName = await post({ ...newPerson(), username: first.username.toUpperCase() });
    expect(sameName.body).toMatchObject({ status: 409, code: 'username_taken' });
    expect((await post({ ...newPerson(), username: `${first.username} ` })).status).toBe(400);
  });

  it('is not confused by names that look like those of the indexes', async () => {
    await make({ username: 'uq_users_email' });
    const again = await post({ ...newPerson(), username: 'uq_users_email' });
    expect(again.body).toMatchObject({ status: 409, code: 'username_taken' });
  });

  it('makes one of many that arrive together, and leaves nothing of the others', async () => {
    const person = newPerson();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        post({ ...newPerson(), ...person, email: `${person.username}+${n}@example.com` }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const [row] = await app.database.select<{ count: number | string }>(
      'SELECT COUNT(*) AS count FROM principals WHERE id NOT IN (SELECT id FROM users)',
    );
    expect(Number(row?.count)).toBe(0);
  });

  it.each(['tiny', 'passwordpassword', 'qwertyuiopasdfgh', 'signetsignet2024'])(
    'refuses the password %s and does not repeat it',
    async (password) => {
      const answer = await post({ ...newPerson(), password });
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'validation_failed',
        errors: [{ pointer: '/password' }],
      });
      expect(JSON.stringify(answer.body)).not.toContain(password);
      expect(app.logs.join('')).not.toContain(`"${password}"`);
    },
  );

  it('refuses a password made of what is known of the user', async () => {
    const person = newPerson();
    const answer = await post({ ...person, password: `${person.username}${person.username}1` });
    expect(answer.body).toMatchObject({
      errors: [{ pointer: '/password', code: 'password_common' }],
    });
  });

  it('knows which roles there are', async () => {
    const answer = await post({ ...newPerson(), roles: ['nobody-made-this'] });
    expect(answer.body).toMatchObject({ status: 400, code: 'unknown_role' });
  });
});

describe('listing users', () => {
  it('gives each user once, the newest first', async () => {
    const made = [];
    for (let n = 0; n < 5; n++) made.push((await make({ displayName: 'Listed Person' })).id);
    const seen: string[] = [];
    let query = 'q=listed%20person&limit=2';
    for (;;) {
      const page = await list(query);
      seen.push(...idsOf(page));
      if (page.nextCursor === null) break;
      expect(page.items).toHaveLength(2);
      query = `q=listed%20person&limit=2&cursor=${page.nextCursor}`;
    }
    expect([...seen].sort()).toEqual([...made].sort());
    expect(new Set(seen).size).toBe(5);
  });

  it('narrows by status, role and text', async () => {
    const { id, username, email } = await make({ displayName: 'Zoë Ångström', roles: ['viewer'] });
    expect(idsOf(await list(`q=${username.toUpperCase()}`))).toEqual([id]);
    expect(idsOf(await list(`q=${encodeURIComponent(email)}`))).toEqual([id]);
    expect(idsOf(await list(`q=${encodeURIComponent('ZOË ÅNG')}`))).toEqual([id]);
    expect(idsOf(await list(`q=${username}&role=viewer&status=active`))).toEqual([id]);
    expect(idsOf(await list(`q=${username}&role=editor`))).toEqual([]);
    expect(idsOf(await list(`q=${username}&status=disabled`))).toEqual([]);
    expect((await list(`q=${username}&role=viewer`)).items[0]?.roles).toEqual(['viewer']);
  });

  it('takes wildcards for what they are', async () => {
    const { id } = await make({ displayName: '100% _unusual_!' });
    for (const q of ['0%25', '_unusual', '_!']) expect(idsOf(await list(`q=${q}`))).toEqual([id]);
    expect(idsOf(await list('q=%25%25'))).toEqual([]);
    expect(idsOf(await list('q=1_0%25'))).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=-1',
    'limit=1&limit=2',
    'limit[]=1',
    'status=gone',
    'status[]=active',
    'role=No%20Role',
    'q=',
    'q=%00',
    'sort=passwordHash',
    'passwordHash=a',
    'cursor=bm90IGEgY3Vyc29y',
  ])('refuses %s', async (query) => {
    expect((await app.api('GET', `/v1/users?${query}`, { token: admin.token })).status).toBe(400);
  });

  it('refuses the cursor of another list', async () => {
    const { body } = await app.api('GET', '/v1/roles?limit=1', { token: admin.token });
    const { nextCursor } = body as { nextCursor: string };
    const answer = await app.api('GET', `/v1/users?cursor=${nextCursor}`, { token: admin.token });
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_cursor' });
  });
});

describe('the id in a path', () => {
  it.each(['1abc', '0x1', '1e0', '%5Bobject%20Object%5D', 'me'])('is no %s', async (id) => {
    const answers = await Promise.all([
      app.api('GET', `/v1/users/${id}`, { token: admin.token }),
      patch(id, {}),
      remove(id),
      setRoles(id, []),
      act(id, 'disable'),
    ]);
    for (const { body } of answers) {
      expect(body).toMatchObject({
        status: 400,
        code: 'validation_failed',
        errors: [{ pointer: '/id' }],
      });
    }
  });

  it('may be unknown', async () => {
    const answers = await Promise.all([
      app.api('GET', `/v1/users/${UNKNOWN}`, { token: admin.token }),
      patch(UNKNOWN, { displayName: 'a' }),
      remove(UNKNOWN),
      setRoles(UNKNOWN, ['viewer']),
      act(UNKNOWN, 'disable'),
      act(UNKNOWN, 'enable'),
      act(UNKNOWN, 'revoke-tokens'),
    ]);
    for (const { body } of answers)
      expect(body).toMatchObject({ status: 404, code: 'user_not_found' });
  });
});

describe('changing a user', () => {
  it('changes what is named and nothing else', async () => {
    const before = await make({ roles: ['viewer'] });
    const answer = await patch(before.id, { displayName: 'Renamed' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(answer.body).toEqual({
      ...before,
      displayName: 'Renamed',
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(idsOf(await list('q=renamed'))).toEqual([before.id]);
    const { username } = newPerson();
    expect((await patch(before.id, { username: username.toUpperCase() })).body).toMatchObject({
      username,
    });
    expect(await auditOf(before.id)).toEqual(['user.changed', 'user.changed', 'user.created']);
  });

  it('keeps addresses and names apart', async () => {
    const [one, other] = [await make(), await make()];
    expect((await patch(one.id, { email: other.email })).body).toMatchObject({
      status: 409,
      code: 'email_taken',
    });
    expect((await patch(one.id, { username: other.username })).body).toMatchObject({
      code: 'username_taken',
    });
    expect((await patch(one.id, { email: one.email, username: one.username })).status).toBe(200);
  });

  it('refuses what was changed since; of many that saw the same, one passes', async () => {
    const { id } = await make();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        patch(id, { displayName: `try ${n}` }, { 'if-match': '"1"' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await read(id)).version).toBe(2);
    expect((await patch(id, { displayName: 'a' }, { 'if-match': 'W/"2"' })).status).toBe(412);
    expect((await patch(id, { displayName: 'a' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('takes If-Match on roles and on removal, too', async () => {
    const { id } = await make();
    const { token } = await app.admin();
    const send = (method: string, path: string, tag: string, body?: object) =>
      app.api(method, path, {
        token,
        headers: { 'if-match': tag },
        ...(body === undefined ? {} : { body }),
      });
    const roles = `/v1/users/${id}/roles`;
    expect((await send('PUT', roles, '"7"', { roles: ['viewer'] })).status).toBe(412);
    expect((await send('PUT', roles, '"1"', { roles: ['viewer'] })).headers.get('etag')).toBe(
      '"2"',
    );
    expect((await send('DELETE', `/v1/users/${id}`, '"1"')).status).toBe(412);
    expect((await send('DELETE', `/v1/users/${id}`, '"2"')).status).toBe(204);
  });

  it.each([
    'id',
    'roles',
    'status',
    'password',
    'passwordHash',
    'version',
    'createdAt',
    '__proto__',
  ])('does not take %s', async (field) => {
    const { id } = await make();
    const answer = await app.api('PATCH', `/v1/users/${id}`, {
      token: admin.token,
      rawBody: `{"${field}":"admin"}`,
    });
    expect(answer.status).toBe(400);
    expect((await read(id)).version).toBe(1);
  });

  it('makes nothing of a field that every object has', async () => {
    const before = await make();
    await patch(before.id, { constructor: { prototype: { status: 'disabled' } } });
    expect(await read(before.id)).toEqual({
      ...before,
      version: expect.any(Number),
      updatedAt: expect.any(String),
    });
  });

  it('ends the sessions of a user who has another e-mail address, and only then', async () => {
    const user = await app.createUser();
    expect(
      (await patch(user.id, { displayName: 'Other', username: newPerson().username })).status,
    ).toBe(200);
    expect((await patch(user.id, { email: user.email })).status).toBe(200);
    expect(await statusOf(user.token)).toBe(200);
    expect((await patch(user.id, { email: newPerson().email })).status).toBe(200);
    expect(await statusOf(user.token)).toBe(401);
    expect((await refresh(user)).body).toMatchObject({ status: 401, code: 'session_ended' });
    expect((await login(user.email, user.password)).status).toBe(401);
  });
});

describe('disabling a user', () => {
  it('ends everything at once, on every replica, and enabling brings nothing of it back', async () => {
    const user = await app.createUser({ roles: ['viewer'] });
    const replica = await app.startReplica();
    const answer = await act(user.id, 'disable');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: user.id,
      status: 'disabled',
      roles: ['viewer'],
      version: 2,
    });
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(await statusOf(user.token)).toBe(401);
    const deadline = Date.now() + app.settings.revocationMaxStaleness;
    const there = async () =>
      (await replica.api('GET', '/v1/auth/me', { token: user.token })).status;
    while ((await there()) !== 401 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await there()).toBe(401);
    expect((await refresh(user)).status).toBe(401);
    expect((await login(user.email, user.password)).status).toBe(401);

    expect((await act(user.id, 'enable')).body).toMatchObject({ status: 'active', version: 3 });
    expect(await statusOf(user.token)).toBe(401);
    expect((await refresh(user)).status).toBe(401);
    expect((await login(user.email, user.password)).status).toBe(200);
  });

  it('may be said twice', async () => {
    const { id } = await make();
    const once = await act(id, 'disable');
    expect((await act(id, 'disable')).body).toEqual(once.body);
    await act(id, 'enable');
    await act(id, 'enable');
    expect(await auditOf(id)).toEqual(['user.created', 'user.disabled', 'user.enabled']);
  });
});

describe('removing a user', () => {
  it('ends everything at once, and the names are free again', async () => {
    const user = await app.createUser();
    expect((await remove(user.id)).status).toBe(204);
    expect(await statusOf(user.token)).toBe(401);
    expect((await refresh(user)).status).toBe(401);
    expect((await login(user.email, user.password)).status).toBe(401);
    expect((await app.api('GET', `/v1/users/${user.id}`, { token: admin.token })).status).toBe(404);
    expect((await remove(user.id)).status).toBe(404);
    const { email, username, password } = user;
    const again = await make({ email, username, password });
    expect(again.id).not.toBe(user.id);
    expect(await auditOf(user.id)).toContain('user.deleted');
  });
});

describe('the roles of a user', () => {
  it('act at once when taken away, and the session goes on with what is left', async () => {
    const user = await app.createUser({ roles: ['editor', 'viewer'] });
    const answer = await setRoles(user.id, ['viewer']);
    expect(answer.body).toMatchObject({ roles: ['viewer'], version: 2 });
    expect(await statusOf(user.token)).toBe(401);
    const refreshed = await refresh(user);
    expect(refreshed.body).toMatchObject({ scope: 'resources:read' });
    expect(await auditOf(user.id)).toContain('user.roles_set');
  });

  it('come with the next token when added, and outdate none', async () => {
    const user = await app.createUser();
    expect((await setRoles(user.id, ['viewer'])).status).toBe(200);
    expect(await statusOf(user.token)).toBe(200);
    expect((await refresh(user)).body).toMatchObject({ scope: 'resources:read' });
  });

  it('must exist; otherwise nothing changes', async () => {
    const { id } = await make({ roles: ['viewer'] });
    expect((await setRoles(id, ['editor', 'nobody-made-this'])).body).toMatchObject({
      status: 400,
      code: 'unknown_role',
    });
    expect((await read(id)).roles).toEqual(['viewer']);
  });
});

describe('revoking the tokens of a user', () => {
  it('ends every session; the user may sign in again', async () => {
    const user = await app.createUser();
    const answer = await act(user.id, 'revoke-tokens');
    expect(answer).toMatchObject({ status: 200, body: { revision: expect.any(Number) } });
    expect(await statusOf(user.token)).toBe(401);
    expect((await refresh(user)).status).toBe(401);
    const { access_token } = await app.login(user.email, user.password);
    expect(await statusOf(access_token)).toBe(200);
    expect(await auditOf(user.id)).toContain('user.tokens_revoked');
  });
});

describe('somebody who may write users and is no administrator', () => {
  it('gives only what they may do themselves', async () => {
    expect((await post({ ...newPerson(), roles: ['manager'] }, manager)).status).toBe(201);
    expect((await post(newPerson(), manager)).status).toBe(201);
    for (const role of ['admin', 'viewer']) {
      const answer = await post({ ...newPerson(), roles: [role] }, manager);
      expect(answer.body).toMatchObject({ status: 403, code: 'access_denied' });
    }
  });

  it('cannot raise themselves, or others', async () => {
    const { id } = await make({ roles: ['viewer'] });
    expect((await setRoles(manager.id, ['manager', 'admin'], manager)).status).toBe(403);
    expect((await setRoles(manager.id, ['manager', 'editor'], manager)).status).toBe(403);
    expect((await setRoles(id, ['viewer', 'admin'], manager)).status).toBe(403);
    // What the user had before is not given.
    expect((await setRoles(id, ['viewer', 'manager'], manager)).status).toBe(200);
    expect((await read(manager.id)).roles).toEqual(['manager']);
  });

  it('gives no role that resources are granted to, unless they have it or manage resources', async () => {
    const role = { name: 'prod-deployer', permissions: [] };
    const made = await app.api('POST', '/v1/roles', { token: admin.token, body: role });
    expect(made.status).toBe(201);
    const ask = async (by: TestUser) => {
      const { id } = await make();
      return [
        (await post({ ...newPerson(), roles: [role.name] }, by)).status,
        (await setRoles(id, [role.name], by)).status,
      ];
    };
    expect(await ask(manager)).toEqual([201, 200]);
    const resource = await app.api('POST', '/v1/resources', {
      token: admin.token,
      body: { identifier: 'https://prod.example.com', name: 'Production', actions: ['deploy'] },
    });
    const { id: resourceId } = resource.body as { id: string };
    const grant = await app.api('POST', `/v1/resources/${resourceId}/grants`, {
      token: admin.token,
      body: {
        principal: { type: 'role', id: role.name },
        actions: ['deploy'],
        endsAt: new Date(app.clock.now() + 60_000).toISOString(),
      },
    });
    expect(grant.status).toBe(201);
    expect(await ask(manager)).toEqual([403, 403]);
    const themselves = await setRoles(manager.id, ['manager', role.name], manager);
    expect(themselves.body).toMatchObject({ status: 403, code: 'access_denied' });
    const body = { name: 'keeper', permissions: ['resources:manage'] };
    expect((await app.api('POST', '/v1/roles', { token: admin.token, body })).status).toBe(201);
    for (const more of [role.name, 'keeper']) {
      expect(await ask(await app.createUser({ roles: ['manager', more] }))).toEqual([201, 200]);
    }
    expect(await ask(admin)).toEqual([201, 200]);
    // A grant that is over gives nothing.
    app.clock.advance(61_000);
    expect(await ask(manager)).toEqual([201, 200]);
  });

  it('does nothing to an administrator', async () => {
    const before = await read(admin.id);
    const refused = await Promise.all([
      patch(admin.id, { email: newPerson().email }, {}, manager),
      setRoles(admin.id, [], manager),
      act(admin.id, 'disable', manager),
      act(admin.id, 'enable', manager),
      act(admin.id, 'revoke-tokens', manager),
      remove(admin.id, manager),
    ]);
    for (const { body } of refused)
      expect(body).toMatchObject({ status: 403, code: 'access_denied' });
    expect(await read(admin.id)).toEqual(before);
    expect(await statusOf(admin.token)).toBe(200);
  });
});

describe('the last administrator', () => {
  it('stays', async () => {
    const answers = [
      await act(admin.id, 'disable'),
      await setRoles(admin.id, ['viewer']),
      await remove(admin.id),
    ];
    for (const { body } of answers)
      expect(body).toMatchObject({ status: 409, code: 'last_administrator' });
    // One who is disabled does not count.
    const { id } = await make({ roles: ['admin'] });
    await act(id, 'disable');
    expect((await act(admin.id, 'disable')).status).toBe(409);
    expect(await statusOf(admin.token)).toBe(200);
  });

  it('stays when two disable each other at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      const small = await startTestApp();
      try {
        const one = await small.admin();
        const other = await small.createUser({ roles: ['admin'] });
        const call = (by: TestUser, target: TestUser) =>
          round % 2 === 0
            ? small.api('POST', `/v1/users/${target.id}/disable`, { token: by.token })
            : small.api('PUT', `/v1/users/${target.id}/roles`, {
                token: by.token,
                body: { roles: [] },
              });
        const answers = await Promise.all([call(one, other), call(other, one)]);
        const done = answers.filter(({ status }) => status === 200);
        expect(done).toHaveLength(1);
        const left = await small.database.select(
          `SELECT p.id FROM principals p JOIN principal_roles r ON r.principal_id = p.id
           WHERE r.role_name = 'admin' AND p.status = 'active'`,
        );
        expect(left).toHaveLength(1);
      } finally {
        await small.close();
      }
    }
  });
});

describe('a row that somebody tampered with', () => {
  it('lets nobody in and does not take the process down', async () => {
    const user = await app.createUser();
    await app.database.execute(
      `UPDATE users SET password_hash = REPLACE(password_hash, 'm=19456', 'm=4194304') WHERE id = ?`,
      [user.id],
    );
    const before = app.logs.length;
    expect((await login(user.email, user.password)).status).toBe(401);
    const alerts = app.logs.slice(before).filter((line) => line.includes('"level":50'));
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).not.toContain('argon2id$');
  });
});
