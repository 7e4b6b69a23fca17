import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const MINUTE = 60_000;

interface Resource {
  readonly id: string;
  readonly identifier: string;
  readonly name: string;
  readonly ownerId: string | null;
  readonly actions: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly version: number;
}

interface Page {
  readonly items: readonly { readonly id: string; readonly name: string }[];
  readonly nextCursor: string | null;
}

let app: TestApp;
let admin: TestUser;
let owner: TestUser;
let other: TestUser;
let viewer: TestUser;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  owner = await app.createUser({ roles: ['editor'] });
  other = await app.createUser({ roles: ['editor'] });
  viewer = await app.createUser({ roles: ['viewer'] });
});
afterAll(() => app.close());

/** A new resource in the words of a request. */
function draft(changes: object = {}): object {
  count++;
  return {
    identifier: `https://api${count}.example.com`,
    name: `API ${count}`,
    actions: ['read', 'deploy'],
    ...changes,
  };
}

function post(by: TestUser, body: object): Promise<Answer> {
  return app.api('POST', '/v1/resources', { token: by.token, body });
}

async function register(changes: object = {}, by = owner): Promise<Resource> {
  const answer = await post(by, draft(changes));
  expect(answer.status).toBe(201);
  return answer.body as Resource;
}

function patch(
  by: TestUser,
  id: string,
  body: object,
  headers: Call['headers'] = {},
): Promise<Answer> {
  return app.api('PATCH', `/v1/resources/${id}`, { token: by.token, body, headers });
}

async function read(id: string, by = viewer): Promise<Resource> {
  const answer = await app.api('GET', `/v1/resources/${id}`, { token: by.token });
  expect(answer.status).toBe(200);
  return answer.body as Resource;
}

async function list(query: string): Promise<Page> {
  const answer = await app.api('GET', `/v1/resources?${query}`, { token: viewer.token });
  expect(answer.status).toBe(200);
  return answer.body as Page;
}

const namesOf = (page: Page) => page.items.map(({ name }) => name);

function grant(by: TestUser, id: string, body: object): Promise<Answer> {
  return app.api('POST', `/v1/resources/${id}/grants`, { token: by.token, body });
}

async function give(id: string, body: object): Promise<string> {
  const answer = await grant(owner, id, body);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

function check(by: TestUser, id: string, body: object): Promise<Answer> {
  return app.api('POST', `/v1/resources/${id}/check`, { token: by.token, body });
}

const user = (id: string) => ({ type: 'user', id });

async function auditOf(id: string): Promise<readonly string[]> {
  const { body } = await app.api('GET', `/v1/audit?targetId=${id}`, { token: admin.token });
  return (body as { items: { action: string }[] }).items.map(({ action }) => action).sort();
}

describe('registering', () => {
  it('makes the caller the owner and says where the resource is', async () => {
    const answer = await post(
      owner,
      draft({
        identifier: 'urn:example:billing',
        name: 'Billing',
        description: 'Two\nlines',
        labels: { team: 'a' },
      }),
    );
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('"1"');
    const resource = answer.body as Resource;
    expect(answer.headers.get('location')).toBe(`/v1/resources/${resource.id}`);
    expect(resource).toEqual({
      id: resource.id,
      identifier: 'urn:example:billing',
      name: 'Billing',
      description: 'Two\nlines',
      ownerId: owner.id,
      actions: ['read', 'deploy'],
      labels: { team: 'a' },
      tokenTtl: null,
      encryptionKey: null,
      claims: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await read(resource.id)).toEqual(resource);
    expect(await auditOf(resource.id)).toEqual(['resource.created']);
  });

  it('takes each identifier once, also when many arrive together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        post(owner, draft({ identifier: 'https://once.example.com' })),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array<number>(7).fill(409)]);
    const late = await post(other, draft({ identifier: 'https://once.example.com' }));
    expect(late.body).toMatchObject({ status: 409, code: 'identifier_taken' });
    // Byte for byte.
    expect((await post(owner, draft({ identifier: 'https://once.example.com/' }))).status).toBe(
      201,
    );
  });

  it('leaves nothing behind of what it refused', async () => {
    await register({ identifier: 'urn:example:first' });
    const taken = { identifier: 'urn:example:first', name: 'unseen twin', labels: { twin: 'yes' } };
    expect((await post(other, draft(taken))).status).toBe(409);
    expect((await list('q=unseen%20twin')).items).toEqual([]);
    expect((await list('label=twin')).items).toEqual([]);
  });

  it('keeps the identifier of Signet itself', async () => {
    for (const identifier of [app.settings.issuer, `${app.settings.issuer}/`]) {
      const answer = await post(admin, draft({ identifier }));
      expect(answer.body).toMatchObject({
        status: 400,
        errors: [{ pointer: '/identifier', code: 'reserved' }],
      });
    }
  });

  it.each([
    ['identifier', 'not a URI'],
    ['identifier', 'https://example.com/#fragment'],
    ['identifier', 'https://me@example.com/'],
    ['identifier', `https://example.com/${'a'.repeat(300)}`],
    ['identifier', ['https://example.com']],
    ['name', ''],
    ['name', 'a'.repeat(129)],
    ['name', 'a\u0000b'],
    ['name', '\ud800'],
    ['name', null],
    ['description', 'a'.repeat(1025)],
    ['description', null],
    ['actions', []],
    ['actions', 'read'],
    ['actions', ['read', 'read']],
    ['actions', ['Read']],
    ['actions', ['read write']],
    ['actions', Array.from({ length: 51 }, (_, n) => `action-${n}`)],
    ['labels', null],
    ['labels', []],
    ['labels', { Team: 'a' }],
    ['labels', { team: 1 }],
    ['labels', { team: { nested: 'a' } }],
    ['labels', { team: 'a'.repeat(129) }],
    ['labels', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`label-${n}`, '']))],
    ['ownerId', null],
    ['ownerId', 'somebody'],
  ])('refuses a wrong %s (%#)', async (field, value) => {
    const answer = await post(owner, draft({ [field]: value }));
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer: `/${field}` }],
    });
  });

  it.each(['identifier', 'name', 'actions'])('needs %s', async (field) => {
    const answer = await post(owner, draft({ [field]: undefined }));
    expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: `/${field}` }] });
  });

  it.each(['id', 'version', 'createdAt', 'updatedAt', 'searchText', 'owner'])(
    'refuses %s',
    async (field) => {
      const answer = await post(owner, draft({ [field]: UNKNOWN }));
      expect(answer.body).toMatchObject({
        status: 400,
        errors: [{ pointer: `/${field}`, code: 'unknown_field' }],
      });
    },
  );

  it('lets only holders of resources:manage name another owner, who must exist', async () => {
    expect((await post(owner, draft({ ownerId: other.id }))).status).toBe(403);
    expect((await register({ ownerId: owner.id })).ownerId).toBe(owner.id);
    expect((await register({ ownerId: other.id }, admin)).ownerId).toBe(other.id);
    const answer = await post(admin, draft({ ownerId: UNKNOWN }));
    expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: '/ownerId' }] });
  });

  it('is not for viewers', async () => {
    expect((await post(viewer, draft())).status).toBe(403);
  });

  it('stores what is at the limits, on every database', async () => {
    const identifier = `https://example.com/${'a'.repeat(235)}`;
    const name = '\u{1f98a}'.repeat(128);
    const description = '\ufdfa'.repeat(1024); // 18 times as long in the form that is searched
    const labels = { ['a'.repeat(63)]: '\u{1f98a}'.repeat(128), none: '' };
    const resource = await register({ identifier, name, description, labels });
    expect(await read(resource.id)).toMatchObject({ identifier, name, description, labels });
  });
});

describe('changing', () => {
  it('changes what is named and nothing else', async () => {
    const before = await register({ description: 'as it was', labels: { team: 'a', tier: '1' } });
    const answer = await patch(owner, before.id, { name: 'Renamed' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(answer.body).toEqual({
      ...before,
      name: 'Renamed',
      version: 2,
      updatedAt: expect.any(String),
    });
    await patch(owner, before.id, { labels: { team: 'b' }, description: '' });
    expect(await read(before.id)).toMatchObject({
      name: 'Renamed',
      description: '',
      labels: { team: 'b' },
    });
    expect((await list('q=renamed')).items.map(({ id }) => id)).toEqual([before.id]);
    expect(await auditOf(before.id)).toEqual([
      'resource.changed',
      'resource.changed',
      'resource.created',
    ]);
  });

  it.each(['name', 'description', 'actions', 'labels', 'ownerId'])(
    'refuses null for %s',
    async (field) => {
      const { id } = await register();
      const answer = await patch(owner, id, { [field]: null });
      expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: `/${field}` }] });
    },
  );

  it.each(['identifier', 'id', 'version', 'createdAt', 'updatedAt', 'searchText'])(
    'refuses %s',
    async (field) => {
      const { id } = await register();
      const answer = await patch(owner, id, { [field]: 'https://changed.example.com' });
      expect(answer.body).toMatchObject({
        status: 400,
        errors: [{ pointer: `/${field}`, code: 'unknown_field' }],
      });
    },
  );

  it('refuses what was changed since, and what is no ETag', async () => {
    const { id } = await register();
    expect((await patch(owner, id, { name: 'two' }, { 'if-match': '"1"' })).status).toBe(200);
    const late = await patch(owner, id, { name: 'three' }, { 'if-match': '"1"' });
    expect(late.body).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect((await patch(owner, id, { name: 'three' }, { 'if-match': 'one' })).status).toBe(412);
    expect((await patch(owner, id, { name: 'three' }, { 'if-match': '*' })).status).toBe(200);
    expect(await read(id)).toMatchObject({ name: 'three', version: 3 });
  });

  it('lets exactly one of many pass that saw the same version', async () => {
    const { id } = await register();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        patch(owner, id, { name: `try ${n}` }, { 'if-match': '"1"' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array<number>(7).fill(412)]);
    expect((await read(id)).version).toBe(2);
  });

  it('loses no change of another field when nobody says what they saw', async () => {
    const { id } = await register();
    const answers = await Promise.all([
      patch(owner, id, { name: 'together' }),
      patch(owner, id, { description: 'together' }),
      patch(owner, id, { actions: ['together'] }),
      patch(owner, id, { labels: { all: 'together' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await read(id)).toMatchObject({
      name: 'together',
      description: 'together',
      actions: ['together'],
      labels: { all: 'together' },
      version: 5,
    });
  });

  it('hands over to somebody who exists, and then it is theirs', async () => {
    const { id } = await register();
    const unknown = await patch(owner, id, { ownerId: UNKNOWN });
    expect(unknown.body).toMatchObject({ status: 400, errors: [{ pointer: '/ownerId' }] });
    expect((await patch(owner, id, { ownerId: other.id })).status).toBe(200);
    expect((await patch(owner, id, { ownerId: owner.id })).status).toBe(403);
    expect((await patch(admin, id, { ownerId: owner.id })).status).toBe(200);
    expect((await read(id)).ownerId).toBe(owner.id);
  });
});

describe('somebody else', () => {
  it('reads, and changes nothing', async () => {
    const resource = await register();
    const grantId = await give(resource.id, { principal: user(viewer.id), actions: ['read'] });
    const grants = `/v1/resources/${resource.id}/grants`;
    expect(await read(resource.id, other)).toEqual(resource);
    const refused = await Promise.all([
      patch(other, resource.id, { name: 'mine' }),
      patch(other, resource.id, { ownerId: other.id }),
      patch(other, resource.id, { name: 'mine' }, { 'if-match': '"7"' }),
      app.api('DELETE', `/v1/resources/${resource.id}`, { token: other.token }),
      app.api('GET', grants, { token: other.token }),
      grant(other, resource.id, { principal: user(other.id), actions: ['deploy'] }),
      app.api('DELETE', `${grants}/${grantId}`, { token: other.token }),
    ]);
    for (const { body } of refused)
      expect(body).toMatchObject({ status: 403, code: 'access_denied' });
    expect(await read(resource.id)).toEqual(resource);
    const left = await app.api('GET', grants, { token: owner.token });
    expect(left.body).toMatchObject({ items: [{ id: grantId }] });
  });

  it('may be an administrator, who manages all of them', async () => {
    const { id } = await register();
    expect((await patch(admin, id, { name: 'managed' })).status).toBe(200);
    expect((await grant(admin, id, { principal: user(viewer.id), actions: ['read'] })).status).toBe(
      201,
    );
    expect((await app.api('DELETE', `/v1/resources/${id}`, { token: admin.token })).status).toBe(
      204,
    );
  });

  it('is told of what is not there', async () => {
    const there = `/v1/resources/${UNKNOWN}`;
    const answers = await Promise.all([
      app.api('GET', there, { token: other.token }),
      patch(other, UNKNOWN, { name: 'a' }),
      app.api('DELETE', there, { token: other.token }),
      app.api('GET', `${there}/grants`, { token: other.token }),
      grant(other, UNKNOWN, { principal: user(other.id), actions: ['read'] }),
      app.api('DELETE', `${there}/grants/${UNKNOWN}`, { token: other.token }),
      check(other, UNKNOWN, { action: 'read' }),
    ]);
    for (const { body } of answers)
      expect(body).toMatchObject({ status: 404, code: 'resource_not_found' });
  });

  it.each(['1', '1abc', `${UNKNOWN}0`, '%5Bobject%20Object%5D'])(
    'is refused the id %s',
    async (id) => {
      for (const path of [`/v1/resources/${id}`, `/v1/resources/${id}/grants`]) {
        const { body } = await app.api('GET', path, { token: other.token });
        expect(body).toMatchObject({
          status: 400,
          code: 'validation_failed',
          errors: [{ pointer: '/id' }],
        });
      }
    },
  );
});

describe('deleting', () => {
  it('takes labels and grants along, and frees the identifier', async () => {
    const { id, identifier } = await register({ labels: { doomed: 'yes' } });
    await give(id, { principal: user(viewer.id), actions: ['read'] });
    const remove = (headers: Call['headers'] = {}) =>
      app.api('DELETE', `/v1/resources/${id}`, { token: owner.token, headers });
    expect((await remove({ 'if-match': '"2"' })).status).toBe(412);
    expect((await remove({ 'if-match': '"1"' })).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await list('label=doomed')).items).toEqual([]);
    const left = await app.database.select('SELECT id FROM resource_grants WHERE resource_id = ?', [
      id,
    ]);
    expect(left).toEqual([]);
    await register({ identifier }, other);
    expect(await auditOf(id)).toEqual(['grant.created', 'resource.created', 'resource.deleted']);
  });

  it('of the owner leaves the resource to the administrators', async () => {
    const leaving = await app.createUser({ roles: ['editor'] });
    const { id } = await register({}, leaving);
    await app.api('DELETE', `/v1/users/${leaving.id}`, { token: admin.token });
    expect((await read(id)).ownerId).toBeNull();
    expect((await patch(other, id, { name: 'mine' })).status).toBe(403);
    expect((await patch(admin, id, { ownerId: other.id })).status).toBe(200);
  });
});

describe('listing', () => {
  const mark = 'listed';

  beforeAll(async () => {
    for (let n = 0; n < 5; n++) {
      await register({ name: `${mark} ${n}`, labels: { [mark]: n % 2 === 0 ? 'even' : 'odd' } });
    }
    await register({ name: '100% sure', description: 'under_score' });
    await register({ name: '100 percent sure', description: 'underscore' });
  });

  it('shows every resource once, the newest first, page after page', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Page = await list(
        `label=${mark}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...namesOf(page));
      cursor = page.nextCursor;
      pages++;
    } while (cursor !== null);
    expect(pages).toBe(3);
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4].map((n) => `${mark} ${n}`));
    const { items } = await list('limit=200');
    const times = items.map((item) => (item as unknown as { createdAt: string }).createdAt);
    expect([...times].sort().reverse()).toEqual(times);
  });

  it('goes on where it was, whatever was added or removed meanwhile', async () => {
    const first = await list(`label=${mark}&limit=2`);
    const added = await register({ name: 'added', labels: { [mark]: 'late' } });
    await app.api('DELETE', `/v1/resources/${first.items[1]?.id ?? ''}`, { token: owner.token });
    const second = await list(`label=${mark}&limit=200&cursor=${first.nextCursor ?? ''}`);
    expect(second.items).toHaveLength(3);
    const seen = [...first.items, ...second.items].map(({ id }) => id);
    expect(seen).not.toContain(added.id);
    expect(new Set(seen).size).toBe(5);
  });

  it('narrows by label, with and without a value', async () => {
    const odd = await list(`label=${mark}:odd`);
    expect(odd.items.length).toBeGreaterThan(0);
    for (const name of namesOf(odd)) expect(name).toMatch(/ [13]$/);
    expect((await list(`label=${mark}:od`)).items).toEqual([]);
    expect((await list(`label=${mark}:ODD`)).items).toEqual([]);
    expect((await list(`label=${mark}:`)).items).toEqual([]);
  });

  it('shows the labels of each', async () => {
    const { items } = await list(`label=${mark}:even`);
    for (const item of items) expect(item).toMatchObject({ labels: { [mark]: 'even' } });
  });

  it('narrows by owner', async () => {
    const { id } = await register({}, admin);
    expect((await list(`owner=${admin.id}`)).items.map((item) => item.id)).toContain(id);
    for (const item of (await list(`owner=${owner.id}`)).items)
      expect(item).toMatchObject({ ownerId: owner.id });
    expect((await list(`owner=${UNKNOWN}`)).items).toEqual([]);
  });

  it('searches in any case and width, and takes wildcards for themselves', async () => {
    expect(namesOf(await list('q=100%25'))).toEqual(['100% sure']);
    expect(namesOf(await list('q=SURE'))).toHaveLength(2);
    expect(namesOf(await list(`q=${encodeURIComponent('\uff33\uff35\uff32\uff25')}`))).toHaveLength(
      2,
    );
    expect(namesOf(await list('q=under_'))).toEqual(['100% sure']);
    expect(namesOf(await list('q=%25'))).toEqual(['100% sure']);
    expect(namesOf(await list('q=_'))).toEqual(['100% sure']);
    expect(namesOf(await list('q=!'))).toEqual([]);
    expect(namesOf(await list(`q=${encodeURIComponent(`' OR 1=1 --`)}`))).toEqual([]);
  });

  it('combines filters', async () => {
    expect(namesOf(await list(`label=${mark}:odd&q=${mark}%201&owner=${owner.id}`))).toEqual([
      `${mark} 1`,
    ]);
    expect((await list(`label=${mark}:odd&owner=${other.id}`)).items).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=1e9',
    'limit=1.5',
    'limit=a',
    'limit=1&limit=2',
    'limit[]=1',
    'owner=somebody',
    `owner=${UNKNOWN}&owner=${UNKNOWN}`,
    'label=Team',
    'label=:value',
    'label=',
    'q=',
    'q=%00',
    `q=${'a'.repeat(129)}`,
    'sort=name',
    'offset=1',
  ])('refuses ?%s', async (query) => {
    const answer = await app.api('GET', `/v1/resources?${query}`, { token: viewer.token });
    expect(answer.body).toMatchObject({ status: 400, code: 'validation_failed' });
  });

  it('refuses cursors that it did not give', async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const forged = [
      'x',
      encode(null),
      encode({}),
      encode(['audit', 1, UNKNOWN]),
      encode(['resources', '1', UNKNOWN]),
      encode(['resources', 1, 1]),
      encode(['resources', 1.5, UNKNOWN]),
      encode(['resources', 1, 'a'.repeat(65)]),
      encode(['resources', 1]),
      encode([`grants:${UNKNOWN}`, 1, UNKNOWN]),
    ];
    for (const cursor of forged) {
      const { body } = await app.api('GET', `/v1/resources?cursor=${cursor}`, {
        token: viewer.token,
      });
      expect(body).toMatchObject({ status: 400, code: 'invalid_cursor' });
    }
  });
});

describe('grants', () => {
  it('are given, listed and taken back', async () => {
    const { id } = await register();
    const path = `/v1/resources/${id}/grants`;
    const answer = await grant(owner, id, {
      principal: { type: 'role', id: 'viewer' },
      actions: ['read'],
    });
    expect(answer.status).toBe(201);
    const { id: grantId } = answer.body as { id: string };
    expect(answer.body).toEqual({
      id: grantId,
      principal: { type: 'role', id: 'viewer' },
      actions: ['read'],
      endsAt: null,
      createdBy: owner.id,
      createdAt: expect.any(String),
    });
    const listed = await app.api('GET', path, { token: owner.token });
    expect(listed.body).toEqual({ items: [answer.body], nextCursor: null });
    expect((await app.api('DELETE', `${path}/${grantId}`, { token: owner.token })).status).toBe(
      204,
    );
    const again = await app.api('DELETE', `${path}/${grantId}`, { token: owner.token });
    expect(again.body).toMatchObject({ status: 404, code: 'grant_not_found' });
    expect(await auditOf(id)).toEqual(['grant.created', 'grant.deleted', 'resource.created']);
  });

  it('come in pages that belong to their resource', async () => {
    const { id } = await register();
    for (let n = 0; n < 3; n++) await give(id, { principal: user(viewer.id), actions: ['read'] });
    const page = async (resourceId: string, query: string) =>
      app.api('GET', `/v1/resources/${resourceId}/grants?${query}`, { token: owner.token });
    const first = (await page(id, 'limit=2')).body as Page;
    const second = (await page(id, `limit=2&cursor=${first.nextCursor ?? ''}`)).body as Page;
    expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(3);
    expect(second.nextCursor).toBeNull();
    const another = await register();
    expect((await page(another.id, `cursor=${first.nextCursor ?? ''}`)).body).toMatchObject({
      code: 'invalid_cursor',
    });
  });

  it('are not taken back through another resource', async () => {
    const { id } = await register();
    const grantId = await give(id, { principal: user(viewer.id), actions: ['read'] });
    const mine = await register({}, other);
    const answer = await app.api('DELETE', `/v1/resources/${mine.id}/grants/${grantId}`, {
      token: other.token,
    });
    expect(answer.body).toMatchObject({ status: 404, code: 'grant_not_found' });
    expect((await check(viewer, id, { action: 'read' })).body).toMatchObject({ allowed: true });
  });

  it.each([
    [{ type: 'user', id: UNKNOWN }],
    [{ type: 'user', id: 'somebody' }],
    [{ type: 'user', id: 'a'.repeat(48) }],
    [{ type: 'role', id: 'nobody' }],
    [{ type: 'role', id: 'VIEWER' }],
    [{ type: 'role', id: 'viewer ' }],
    [{ type: 'service', id: UNKNOWN }],
    [{ type: 'service', id: 'viewer' }],
  ])('are not for %j, who is not there', async (principal) => {
    const { id } = await register();
    const answer = await grant(owner, id, { principal, actions: ['read'] });
    expect(answer.body).toMatchObject({ status: 400, code: 'unknown_grantee' });
    expect(await auditOf(id)).toEqual(['resource.created']);
  });

  it.each([
    ['/principal', { principal: 'somebody' }],
    ['/principal', { principal: undefined }],
    ['/principal', { principal: [] }],
    ['/principal/type', { principal: { type: 'group', id: 'viewer' } }],
    ['/principal/id', { principal: { type: 'role' } }],
    ['/principal/admin', { principal: { type: 'role', id: 'viewer', admin: true } }],
    ['/actions', { actions: [] }],
    ['/actions', { actions: ['read', 'destroy'] }],
    ['/actions', { actions: ['read', 'read'] }],
    ['/endsAt', { endsAt: '2020-01-01T00:00:00Z' }],
    ['/endsAt', { endsAt: '2999-W01-1T00:00:00Z' }],
    ['/endsAt', { endsAt: '2999-01-01' }],
    ['/endsAt', { endsAt: 32_503_680_000_000 }],
    ['/endsAt', { endsAt: null }],
    ['/createdBy', { createdBy: UNKNOWN }],
    ['/resourceId', { resourceId: UNKNOWN }],
    ['/id', { id: UNKNOWN }],
  ])('refuse a wrong %s: %j', async (pointer, wrong) => {
    const { id } = await register();
    const answer = await grant(owner, id, {
      principal: { type: 'role', id: 'viewer' },
      actions: ['read'],
      ...wrong,
    });
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer }],
    });
  });

  it('go with their grantee', async () => {
    const leaving = await app.createUser();
    const { id } = await register();
    await give(id, { principal: user(leaving.id), actions: ['read'] });
    expect(
      (await check(owner, id, { principal: user(leaving.id), action: 'read' })).body,
    ).toMatchObject({ allowed: true });
    await app.api('DELETE', `/v1/users/${leaving.id}`, { token: admin.token });
    const { body } = await app.api('GET', `/v1/resources/${id}/grants`, { token: owner.token });
    expect(body).toEqual({ items: [], nextCursor: null });
    expect(
      (await check(owner, id, { principal: user(leaving.id), action: 'read' })).body,
    ).toMatchObject({
      allowed: false,
      reason: { code: 'unknown_principal' },
    });
  });
});

describe('checking', () => {
  it('says through what one may', async () => {
    const { id } = await register();
    expect((await check(owner, id, { action: 'deploy' })).body).toMatchObject({
      allowed: true,
      reason: { code: 'owner', text: expect.any(String) },
    });
    expect((await check(viewer, id, { action: 'read' })).body).toMatchObject({
      allowed: false,
      reason: { code: 'no_grant' },
    });
    const byRole = await give(id, { principal: { type: 'role', id: 'viewer' }, actions: ['read'] });
    const answer = await check(viewer, id, { action: 'read' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      allowed: true,
      reason: { code: 'role', grantId: byRole, role: 'viewer' },
    });
    expect((await check(other, id, { action: 'read' })).body).toMatchObject({ allowed: false });
    const own = await give(id, { principal: user(viewer.id), actions: ['read'] });
    expect((await check(viewer, id, { action: 'read' })).body).toMatchObject({
      allowed: true,
      reason: { code: 'granted', grantId: own },
    });
    expect((await check(viewer, id, { action: 'deploy' })).body).toMatchObject({
      reason: { code: 'no_grant' },
    });
  });

  it('does not let administrators act on the resources of others', async () => {
    const { id } = await register();
    expect((await check(admin, id, { action: 'read' })).body).toMatchObject({
      allowed: false,
      reason: { code: 'no_grant' },
    });
  });

  it('refuses an action that the resource has not or has no more', async () => {
    const { id } = await register();
    await give(id, { principal: user(viewer.id), actions: ['read'] });
    await patch(owner, id, { actions: ['deploy'] });
    for (const who of [viewer, owner]) {
      expect((await check(who, id, { action: 'read' })).body).toMatchObject({
        allowed: false,
        reason: { code: 'unknown_action' },
      });
    }
  });

  it('goes by the roles of now, not by those in a token', async () => {
    const { id } = await register();
    await give(id, { principal: { type: 'role', id: 'viewer' }, actions: ['read'] });
    const fresh = await app.createUser();
    const about = { principal: user(fresh.id), action: 'read' };
    expect((await check(owner, id, about)).body).toMatchObject({ allowed: false });
    const set = (roles: string[]) =>
      app.api('PUT', `/v1/users/${fresh.id}/roles`, { token: admin.token, body: { roles } });
    expect((await set(['viewer'])).status).toBe(200);
    expect((await check(owner, id, about)).body).toMatchObject({
      allowed: true,
      reason: { role: 'viewer' },
    });
    expect((await check(fresh, id, { action: 'read' })).body).toMatchObject({ allowed: true });
    expect((await set([])).status).toBe(200);
    expect((await check(owner, id, about)).body).toMatchObject({ allowed: false });
  });

  it('refuses who is disabled', async () => {
    const { id } = await register();
    const away = await app.createUser();
    await give(id, { principal: user(away.id), actions: ['read'] });
    await app.api('POST', `/v1/users/${away.id}/disable`, { token: admin.token });
    expect(
      (await check(owner, id, { principal: user(away.id), action: 'read' })).body,
    ).toMatchObject({
      allowed: false,
      reason: { code: 'principal_disabled' },
    });
  });

  it('about others is for the owner and for resources:check', async () => {
    const { id } = await register();
    const about = { principal: user(viewer.id), action: 'read' };
    expect((await check(other, id, about)).body).toMatchObject({
      status: 403,
      code: 'access_denied',
    });
    expect((await check(viewer, id, about)).status).toBe(200);
    expect((await check(owner, id, about)).status).toBe(200);
    expect((await check(admin, id, about)).status).toBe(200);
    const role = { name: 'gateway', description: 'Asks', permissions: ['resources:check'] };
    expect((await app.api('POST', '/v1/roles', { token: admin.token, body: role })).status).toBe(
      201,
    );
    const gateway = await app.createUser({ roles: ['gateway'] });
    expect((await check(gateway, id, about)).status).toBe(200);
    expect((await patch(gateway, id, { name: 'mine' })).status).toBe(403);
    const unknown = await check(gateway, id, { principal: user(UNKNOWN), action: 'read' });
    expect(unknown.body).toMatchObject({ allowed: false, reason: { code: 'unknown_principal' } });
  });

  it('about oneself needs no permission, only a token', async () => {
    const { id } = await register();
    const nobody = await app.createUser();
    expect((await check(nobody, id, { action: 'read' })).body).toMatchObject({ allowed: false });
    const anonymous = await app.api('POST', `/v1/resources/${id}/check`, {
      body: { action: 'read' },
    });
    expect(anonymous.status).toBe(401);
  });

  it.each([
    ['/action', {}],
    ['/action', { action: '' }],
    ['/action', { action: ['read'] }],
    ['/principal', { action: 'read', principal: UNKNOWN }],
    ['/principal', { action: 'read', principal: null }],
    ['/principal/type', { action: 'read', principal: { type: 'role', id: UNKNOWN } }],
    ['/principal/id', { action: 'read', principal: { type: 'user', id: '1abc' } }],
  ])('refuses a wrong %s: %j', async (pointer, body) => {
    const { id } = await register();
    expect((await check(owner, id, body)).body).toMatchObject({
      status: 400,
      errors: [{ pointer }],
    });
  });

  // The last one: it moves the clock.
  it('allows until the end of a grant', async () => {
    const { id } = await register();
    const endsAt = new Date(app.clock.now() + MINUTE).toISOString();
    const grantId = await give(id, { principal: user(viewer.id), actions: ['read'], endsAt });
    expect((await check(viewer, id, { action: 'read' })).body).toMatchObject({ allowed: true });
    app.clock.advance(MINUTE);
    expect((await check(viewer, id, { action: 'read' })).body).toEqual({
      allowed: false,
      reason: { code: 'grant_ended', text: expect.any(String), grantId, endedAt: endsAt },
    });
    const listed = await app.api('GET', `/v1/resources/${id}/grants`, { token: owner.token });
    expect(listed.body).toMatchObject({ items: [{ id: grantId, endsAt }] });
  });
});
