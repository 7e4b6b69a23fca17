import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';

interface Role {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly builtIn: boolean;
  readonly version: number;
}

let app: TestApp;
let admin: TestUser;
/** May write users and roles, and nothing else. */
let manager: TestUser;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  await make(['users:read', 'users:write', 'roles:read', 'roles:write'], 'manager');
  manager = await app.createUser({ roles: ['manager'] });
});
afterAll(() => app.close());

function post(body: object, by = admin): Promise<Answer> {
  return app.api('POST', '/v1/roles', { token: by.token, body });
}

async function make(permissions: readonly string[], name = `role-${++count}`): Promise<Role> {
  const answer = await post({ name, permissions });
  expect(answer.status).toBe(201);
  return answer.body as Role;
}

function patch(
  name: string,
  body: object,
  headers: Call['headers'] = {},
  by = admin,
): Promise<Answer> {
  return app.api('PATCH', `/v1/roles/${name}`, { token: by.token, body, headers });
}

function remove(name: string, by = admin): Promise<Answer> {
  return app.api('DELETE', `/v1/roles/${name}`, { token: by.token });
}

async function read(name: string): Promise<Role> {
  const answer = await app.api('GET', `/v1/roles/${name}`, { token: admin.token });
  expect(answer.status).toBe(200);
  return answer.body as Role;
}

const statusOf = async (user: TestUser) =>
  (await app.api('GET', '/v1/auth/me', { token: user.token })).status;

async function scopeAfterRefresh(user: TestUser): Promise<string> {
  const { body } = await app.api('POST', '/v1/auth/refresh', {
    body: { refresh_token: user.refreshToken },
  });
  return (body as { scope: string }).scope;
}

async function auditOf(name: string): Promise<readonly string[]> {
  const { body } = await app.api('GET', `/v1/audit?targetId=${name}`, { token: admin.token });
  return (body as { items: { action: string }[] }).items.map(({ action }) => action).sort();
}

describe('making a role', () => {
  it('says where it is', async () => {
    const answer = await post({
      name: 'releaser',
      description: 'Releases',
      permissions: ['release:approve'],
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/roles/releaser');
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.body).toEqual({
      name: 'releaser',
      description: 'Releases',
      permissions: ['release:approve'],
      builtIn: false,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await read('releaser')).toEqual(answer.body);
    expect(await auditOf('releaser')).toEqual(['role.created']);
  });

  it('takes each name once, also when many arrive together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post({ name: 'once', permissions: [] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    expect((await post({ name: 'admin', permissions: [] })).body).toMatchObject({
      status: 409,
      code: 'role_exists',
    });
  });

  it.each([
    ['name', 'Upper'],
    ['name', 'a b'],
    ['name', 'a,b'],
    ['name', '-a'],
    ['name', ''],
    ['name', 'a'.repeat(49)],
    ['name', null],
    ['permissions', undefined],
    ['permissions', null],
    ['permissions', 'users:read'],
    ['permissions', ['users']],
    ['permissions', ['users:read write']],
    ['permissions', ['users:read', 'users:read']],
    ['permissions', Array.from({ length: 51 }, (_, n) => `users:read-${n}`)],
    ['description', null],
    ['description', 'a'.repeat(256)],
    ['builtIn', true],
    ['version', 7],
  ])('refuses %s %j', async (field, value) => {
    const answer = await post({ name: 'never', permissions: [], [field]: value });
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer: `/${field}` }],
    });
  });
});

describe('listing roles', () => {
  it('goes by name, page by page', async () => {
    const names: string[] = [];
    let cursor = '';
    for (;;) {
      const { body } = await app.api('GET', `/v1/roles?limit=2${cursor}`, { token: admin.token });
      const page = body as { items: Role[]; nextCursor: string | null };
      names.push(...page.items.map(({ name }) => name));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining(['admin', 'editor', 'manager', 'viewer']));
  });
});

describe('changing a role', () => {
  it('changes what is named and nothing else', async () => {
    const before = await make(['a:read']);
    const answer = await patch(before.name, { description: 'Reads' });
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(answer.body).toEqual({
      ...before,
      description: 'Reads',
      version: 2,
      updatedAt: expect.any(String),
    });
    expect((await patch(before.name, { permissions: ['a:read', 'a:write'] })).body).toMatchObject({
      description: 'Reads',
      permissions: ['a:read', 'a:write'],
    });
    expect(await auditOf(before.name)).toEqual(['role.changed', 'role.changed', 'role.created']);
  });

  it('refuses what was changed since; of many that saw the same, one passes', async () => {
    const { name } = await make([]);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        patch(name, { description: `try ${n}` }, { 'if-match': '"1"' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await read(name)).version).toBe(2);
  });

  it('cannot be given or grown so large that its holders get no token any more', async () => {
    const { token } = admin;
    const many = (prefix: string) =>
      Array.from({ length: 50 }, (_, i) => `${prefix.repeat(25)}:p${i}`);
    const large = await make(many('a'));
    const user = await app.createUser({ roles: ['viewer'] });
    const given = await app.api('PUT', `/v1/users/${user.id}/roles`, {
      token,
      body: { roles: [large.name] },
    });
    expect(given.status).toBe(422);
    expect(given.body).toMatchObject({ code: 'token_too_large' });
    const small = await make(['small:role']);
    const holder = await app.createUser({ roles: [small.name] });
    expect((await patch(small.name, { permissions: many('b') })).status).toBe(422);
    // Neither was half done: both sign in and refresh as before.
    for (const { username, password, refreshToken } of [user, holder]) {
      await app.login(username, password);
      const refreshed = await app.api('POST', '/v1/auth/refresh', {
        body: { refresh_token: refreshToken },
      });
      expect(refreshed.status).toBe(200);
    }
  });

  it('takes If-Match on removal, too', async () => {
    const { name } = await make([]);
    const { token } = await app.admin();
    const remove = (tag: string) =>
      app.api('DELETE', `/v1/roles/${name}`, { token, headers: { 'if-match': tag } });
    expect((await remove('"2"')).status).toBe(412);
    expect((await remove('"1"')).status).toBe(204);
  });

  it('refuses null, the name and what is unknown', async () => {
    const { name } = await make([]);
    for (const field of ['description', 'permissions', 'name', 'builtIn']) {
      expect((await patch(name, { [field]: null })).body).toMatchObject({
        status: 400,
        errors: [{ pointer: `/${field}` }],
      });
    }
    expect((await patch('nobody-made-this', {})).body).toMatchObject({
      status: 404,
      code: 'role_not_found',
    });
    expect((await patch('No%20Role', {})).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/name' }],
    });
  });

  it('takes from every holder at once what is taken out of it', async () => {
    const { name } = await make(['a:read', 'a:write']);
    const holders = [
      await app.createUser({ roles: [name] }),
      await app.createUser({ roles: [name, 'viewer'] }),
    ];
    const other = await app.createUser({ roles: ['viewer'] });
    await patch(name, { permissions: ['a:read', 'a:write', 'a:list'] });
    for (const holder of holders) expect(await statusOf(holder)).toBe(200);
    await patch(name, { permissions: ['a:read'] });
    for (const holder of holders) expect(await statusOf(holder)).toBe(401);
    expect(await statusOf(other)).toBe(200);
    expect(await Promise.all(holders.map(scopeAfterRefresh))).toEqual([
      'a:read',
      'a:read resources:read',
    ]);
  });
});

describe('removing a role', () => {
  it('takes it from everyone who has it', async () => {
    const { name } = await make(['a:read']);
    const holder = await app.createUser({ roles: [name, 'viewer'] });
    expect((await remove(name)).status).toBe(204);
    expect(await statusOf(holder)).toBe(401);
    expect(await scopeAfterRefresh(holder)).toBe('resources:read');
    const { body } = await app.api('GET', `/v1/users/${holder.id}`, { token: admin.token });
    expect(body).toMatchObject({ roles: ['viewer'] });
    expect((await remove(name)).status).toBe(404);
    expect(await auditOf(name)).toEqual(['role.created', 'role.deleted']);
  });

  it('never leaves a holder whose token outlives it, also when it is given at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const { name } = await make(['a:read']);
      const user = await app.createUser();
      const body = { roles: [name] };
      const [given, removed] = await Promise.all([
        app.api('PUT', `/v1/users/${user.id}/roles`, { token: admin.token, body }),
        remove(name),
      ]);
      expect([200, 400]).toContain(given.status);
      expect(removed.status).toBe(204);
      expect(
        (await app.api('GET', `/v1/users/${user.id}`, { token: admin.token })).body,
      ).toMatchObject({ roles: [] });
    }
  });
});

describe('the roles that are there from the start', () => {
  it('cannot be removed, and admin cannot be changed', async () => {
    for (const name of ['admin', 'editor', 'viewer']) {
      expect(await read(name)).toMatchObject({ builtIn: true });
      expect((await remove(name)).body).toMatchObject({ status: 409, code: 'built_in_role' });
    }
    expect((await patch('admin', { permissions: [] })).body).toMatchObject({
      status: 409,
      code: 'built_in_role',
    });
    expect((await patch('admin', { description: 'me' })).status).toBe(409);
    expect(await statusOf(admin)).toBe(200);
  });

  it('may otherwise be changed', async () => {
    const { permissions } = await read('editor');
    expect((await patch('editor', { permissions: [...permissions, 'extra:do'] })).status).toBe(200);
    expect((await patch('editor', { permissions })).status).toBe(200);
  });
});

describe('somebody who may write roles and is no administrator', () => {
  it('puts into roles only what they hold', async () => {
    const answer = await post(
      { name: 'too-much', permissions: ['roles:read', 'audit:read'] },
      manager,
    );
    expect(answer.body).toMatchObject({ status: 403, code: 'access_denied' });
    expect((await post({ name: 'enough', permissions: ['roles:read'] }, manager)).status).toBe(201);
    expect(
      (await patch('enough', { permissions: ['roles:read', 'audit:read'] }, {}, manager)).status,
    ).toBe(403);
    expect(
      (await patch('manager', { permissions: ['resources:manage'] }, {}, manager)).status,
    ).toBe(403);
    expect(await read('enough')).toMatchObject({ permissions: ['roles:read'], version: 1 });
  });

  it('may leave in a role what others put there', async () => {
    const { name } = await make(['audit:read']);
    const answer = await patch(
      name,
      { permissions: ['audit:read', 'roles:read'], description: 'kept' },
      {},
      manager,
    );
    expect(answer.status).toBe(200);
  });
});
