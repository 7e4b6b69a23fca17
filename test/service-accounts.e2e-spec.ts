import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrincipalsService } from '../src/principals/principals.service.js';
import { TokenIssuer } from '../src/tokens/token-issuer.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';

interface Account {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string | null;
  readonly status: string;
  readonly roles: readonly string[];
  readonly version: number;
}

interface Credential {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly jwks: { readonly keys: readonly Record<string, string>[] } | null;
  readonly jwksUri: string | null;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly secret?: string;
}

const NOBODY = '00000000-0000-4000-8000-000000000000';
const DAY = 86_400_000;

let app: TestApp;
let admin: TestUser;
/** May read service accounts, and owns some. */
let owner: TestUser;
/** May read and write service accounts, and nothing else. */
let desk: TestUser;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  await makeRole('sa-reader', ['service-accounts:read']);
  await makeRole('sa-desk', ['service-accounts:read', 'service-accounts:write']);
  await makeRole('auditor', ['audit:read']);
  owner = await app.createUser({ roles: ['sa-reader'] });
  desk = await app.createUser({ roles: ['sa-desk'] });
});
afterAll(() => app.close());

async function makeRole(name: string, permissions: readonly string[]): Promise<void> {
  const body = { name, permissions };
  expect((await app.api('POST', '/v1/roles', { token: admin.token, body })).status).toBe(201);
}

function call(
  method: string,
  path: string,
  body?: object,
  by: { token: string } = admin,
  headers: Call['headers'] = {},
) {
  return app.api(method, `/v1/service-accounts${path}`, {
    token: by.token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

const newName = () => `account-${++count}`;

async function make(body: object = {}, by = admin): Promise<Account> {
  const answer = await call('POST', '', { name: newName(), ...body }, by);
  expect(answer.status).toBe(201);
  return answer.body as Account;
}

async function read(id: string): Promise<Account> {
  const answer = await call('GET', `/${id}`);
  expect(answer.status).toBe(200);
  return answer.body as Account;
}

async function makeCredential(
  account: Account,
  body: object = {},
  by = admin,
): Promise<Credential> {
  const answer = await call('POST', `/${account.id}/credentials`, { type: 'secret', ...body }, by);
  expect(answer.status).toBe(201);
  return answer.body as Credential;
}

/** What the token endpoint will give it. */
async function tokenOf(account: Account, credential: { id: string } = { id: NOBODY }) {
  const standing = await app.nest.get(PrincipalsService).standing(account.id);
  if (standing === undefined) throw new Error('There is no such account');
  const { token } = app.nest.get(TokenIssuer).issue({
    subject: account.id,
    clientId: account.id,
    sessionId: credential.id,
    roles: standing.roles,
    scope: standing.permissions,
    tokenVersion: standing.tokenVersion,
    asOf: app.clock.now(),
  });
  return { token };
}

/** 200 while the token is good, for an account that may read service accounts. */
const statusWith = async (by: { token: string }) =>
  (await call('GET', '?limit=1', undefined, by)).status;

async function auditOf(id: string) {
  const { body } = await app.api('GET', `/v1/audit?targetId=${id}&limit=200`, {
    token: admin.token,
  });
  return (body as { items: { action: string; detail: object }[] }).items;
}

const actionsOn = async (id: string) => (await auditOf(id)).map(({ action }) => action).reverse();

const pointersOf = ({ body }: Answer) =>
  (body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);

describe('making a service account', () => {
  it('says where it is, and belongs to whoever made it', async () => {
    const answer = await call('POST', '', {
      name: 'Billing-Export',
      description: 'Invoices',
      roles: ['viewer'],
    });
    expect(answer.status).toBe(201);
    const account = answer.body as Account;
    expect(answer.headers.get('location')).toBe(`/v1/service-accounts/${account.id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'billing-export',
      description: 'Invoices',
      ownerId: admin.id,
      status: 'active',
      roles: ['viewer'],
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await read(account.id)).toEqual(account);
    expect(await actionsOn(account.id)).toEqual(['service_account.created']);
  });

  it('takes each name once, in whatever spelling, also when many arrive together', async () => {
    const names = ['once', 'ONCE', '\uff4fnce', 'once', 'Once'];
    const answers = await Promise.all(names.map((name) => call('POST', '', { name })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect((await call('POST', '', { name: 'oNce' })).body).toMatchObject({
      code: 'service_account_name_taken',
    });
    // Nothing of the refused ones is left.
    const [row] = await app.database.select<{ n: number }>(
      `SELECT COUNT(*) AS n FROM principals p WHERE type = 'service'
       AND NOT EXISTS (SELECT 1 FROM service_accounts a WHERE a.id = p.id)`,
    );
    expect(Number(row?.n)).toBe(0);
  });

  it.each([
    ['name', ''],
    ['name', 'a b'],
    ['name', 'a@b'],
    ['name', '.a'],
    ['name', 'a'.repeat(65)],
    ['name', '\u0430'],
    ['name', null],
    ['name', ['a']],
    ['description', null],
    ['description', 'a'.repeat(256)],
    ['description', 'a\u0000'],
    ['roles', ['Admin']],
    ['roles', 'viewer'],
    ['roles', Array.from({ length: 21 }, (_, n) => `role-${n}`)],
    ['ownerId', 'me'],
    ['ownerId', null],
    ['ownerId', NOBODY],
    ['id', NOBODY],
    ['status', 'active'],
    ['version', 7],
    ['tokenVersion', 7],
    ['createdAt', '2026-01-01T00:00:00Z'],
  ])('refuses %s %j', async (field, value) => {
    const answer = await call('POST', '', { name: newName(), [field]: value });
    expect(answer.body).toMatchObject({ status: 400, code: 'validation_failed' });
    expect(pointersOf(answer)).toEqual([`/${field}`]);
  });

  it('can be for another owner, who must be a person', async () => {
    expect((await make({ ownerId: owner.id }, desk)).ownerId).toBe(owner.id);
    const machine = await make();
    expect(pointersOf(await call('POST', '', { name: newName(), ownerId: machine.id }))).toEqual([
      '/ownerId',
    ]);
  });

  it('gives it no owner when a machine makes it', async () => {
    const machine = await make({ roles: ['sa-desk'] });
    expect((await make({}, { ...admin, ...(await tokenOf(machine)) })).ownerId).toBeNull();
  });

  it('hands out no more than the caller holds', async () => {
    for (const roles of [['admin'], ['auditor'], ['sa-desk', 'viewer']]) {
      const answer = await call('POST', '', { name: newName(), roles }, desk);
      expect(answer.body).toMatchObject({ status: 403, code: 'access_denied' });
    }
    expect((await make({ roles: ['sa-desk'] }, desk)).roles).toEqual(['sa-desk']);
    expect((await call('POST', '', { name: newName(), roles: ['no-such'] })).body).toMatchObject({
      code: 'unknown_role',
    });
    expect((await call('POST', '', { name: newName() }, owner)).status).toBe(403);
  });
});

describe('listing service accounts', () => {
  it('goes page by page, narrowed by owner and by text', async () => {
    const { id } = await app.createUser({ roles: ['sa-reader'] });
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      made.push(
        (await make({ ownerId: id, name: `lister-${i}`, description: 'Caf\u00c9 100%' })).id,
      );
    }
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await call('GET', `?owner=${id}&limit=2${cursor}`);
      const page = body as { items: Account[]; nextCursor: string | null };
      seen.push(...page.items.map((account) => account.id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect([...seen].sort()).toEqual([...made].sort());
    const found = async (q: string) => {
      const { body } = await call('GET', `?owner=${id}&q=${encodeURIComponent(q)}`);
      return (body as { items: Account[] }).items.length;
    };
    expect(await found('LISTER-3')).toBe(1);
    expect(await found('caf\u00e9')).toBe(5);
    expect(await found('100%')).toBe(5);
    expect(await found('_ister')).toBe(0);
    expect((await call('GET', '?owner=x')).status).toBe(400);
    expect((await call('GET', '?cursor=x')).body).toMatchObject({ code: 'invalid_cursor' });
  });
});

describe('changing a service account', () => {
  it('writes what is named, for whoever saw the latest version', async () => {
    const account = await make();
    const changed = await call('PATCH', `/${account.id}`, { description: 'New' }, admin, {
      'if-match': '"1"',
    });
    expect(changed.body).toEqual({
      ...account,
      description: 'New',
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    const late = await call('PATCH', `/${account.id}`, { description: 'Late' }, admin, {
      'if-match': '"1"',
    });
    expect(late.status).toBe(412);
    const taken = await make();
    expect((await call('PATCH', `/${account.id}`, { name: taken.name })).status).toBe(409);
    expect((await call('PATCH', `/${NOBODY}`, {})).status).toBe(404);
    expect((await call('GET', `/${NOBODY}`)).status).toBe(404);
    expect((await call('GET', '/1abc')).status).toBe(400);
  });

  it('lets the owner say what it is for, and neither rename it nor give it away', async () => {
    const { id } = await make({ ownerId: owner.id });
    const ok = await call('PATCH', `/${id}`, { description: 'Mine' }, owner);
    expect(ok.body).toMatchObject({ description: 'Mine', ownerId: owner.id });
    for (const body of [{ name: newName() }, { ownerId: desk.id }]) {
      expect((await call('PATCH', `/${id}`, body, owner)).status).toBe(403);
    }
    // Naming what is there already is no change.
    expect((await call('PATCH', `/${id}`, { ownerId: owner.id }, owner)).status).toBe(200);
  });

  it('is not for others who may read it', async () => {
    const { id } = await make();
    for (const [method, path, body] of [
      ['PATCH', '', { description: 'x' }],
      ['POST', '/credentials', { type: 'secret' }],
      ['DELETE', `/credentials/${NOBODY}`, undefined],
      ['DELETE', '', undefined],
      ['PUT', '/roles', { roles: [] }],
      ['POST', '/disable', undefined],
      ['POST', '/enable', undefined],
      ['POST', '/revoke-tokens', undefined],
    ] as const) {
      const answer = await call(method, `/${id}${path}`, body, owner);
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
    expect(await read(id)).toMatchObject({ version: 1 });
  });

  it('hands it over, and outlives its owner', async () => {
    const leaving = await app.createUser({ roles: ['sa-reader'] });
    const account = await make({ ownerId: owner.id });
    const handed = await call('PATCH', `/${account.id}`, { ownerId: leaving.id }, desk);
    expect(handed.body).toMatchObject({ ownerId: leaving.id });
    expect((await auditOf(account.id))[0]).toMatchObject({
      action: 'service_account.changed',
      detail: { fields: ['ownerId'], ownerId: leaving.id, formerOwnerId: owner.id },
    });
    const credential = await makeCredential(account, {}, leaving);
    await app.api('DELETE', `/v1/users/${leaving.id}`, { token: admin.token });
    expect(await read(account.id)).toMatchObject({ ownerId: null, status: 'active' });
    const { body } = await call('GET', `/${account.id}/credentials`);
    expect(body).toMatchObject({ items: [{ id: credential.id, createdBy: leaving.id }] });
    expect(pointersOf(await call('PATCH', `/${account.id}`, { ownerId: leaving.id }))).toEqual([
      '/ownerId',
    ]);
  });
});

describe('what a service account may do', () => {
  it('ends with its tokens when a role is taken, and not when one is added', async () => {
    const account = await make({ roles: ['sa-reader'] });
    const token = await tokenOf(account);
    expect(await statusWith(token)).toBe(200);
    const set = (roles: string[], headers = {}) =>
      call('PUT', `/${account.id}/roles`, { roles }, admin, headers);
    expect((await set(['sa-reader', 'auditor'])).body).toMatchObject({
      roles: ['auditor', 'sa-reader'],
      version: 2,
    });
    expect(await statusWith(token)).toBe(200);
    expect((await set([], { 'if-match': '"1"' })).status).toBe(412);
    expect((await set(['auditor'])).status).toBe(200);
    expect(await statusWith(token)).toBe(401);
    expect(await statusWith(await tokenOf(account))).toBe(403);
    expect((await auditOf(account.id))[0]).toMatchObject({
      action: 'service_account.roles_set',
      detail: { before: ['auditor', 'sa-reader'], after: ['auditor'] },
    });
  });

  it('ends at once, on another replica too, when it is disabled, revoked or deleted', async () => {
    const replica = await app.startReplica();
    const account = await make({ roles: ['sa-reader'] });
    for (const [method, path, status] of [
      ['POST', '/disable', 200],
      ['POST', '/enable', 200],
      ['POST', '/revoke-tokens', 200],
      ['DELETE', '', 204],
    ] as const) {
      const { token } = await tokenOf(account);
      expect((await call(method, `/${account.id}${path}`)).status).toBe(status);
      const expected = path === '/enable' ? 200 : 401;
      expect([path, await statusWith({ token })]).toEqual([path, expected]);
      const there = async () =>
        (await replica.api('GET', '/v1/service-accounts?limit=1', { token })).status;
      const giveUpAt = performance.now() + 2000;
      while ((await there()) !== expected && performance.now() < giveUpAt);
      expect([path, await there()]).toEqual([path, expected]);
    }
    expect(await actionsOn(account.id)).toEqual([
      'service_account.created',
      'service_account.disabled',
      'service_account.enabled',
      'service_account.tokens_revoked',
      'service_account.deleted',
    ]);
    expect((await call('DELETE', `/${account.id}`)).status).toBe(404);
  });

  it('changes nothing and records nothing when it is so already', async () => {
    const account = await make();
    expect((await call('POST', `/${account.id}/enable`)).body).toMatchObject({ version: 1 });
    expect(await actionsOn(account.id)).toEqual(['service_account.created']);
  });

  it('takes its name to the grave: a new account of that name is another one', async () => {
    const account = await make({ roles: ['sa-reader'] });
    const credential = await makeCredential(account);
    const token = await tokenOf(account, credential);
    await call('DELETE', `/${account.id}`);
    const heir = await make({ name: account.name, roles: ['sa-reader'] });
    expect(heir.id).not.toBe(account.id);
    expect(await statusWith(token)).toBe(401);
    expect((await call('GET', `/${heir.id}/credentials`)).body).toMatchObject({ items: [] });
  });
});

describe('the credentials of a service account', () => {
  it('show a secret once, and never again', async () => {
    const account = await make();
    const expiresAt = new Date(app.clock.now() + DAY).toISOString();
    const answer = await call('POST', `/${account.id}/credentials`, {
      type: 'secret',
      label: 'cluster 2',
      expiresAt,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { secret, ...shown } = answer.body as Credential;
    expect(secret).toMatch(/^sgs_[A-Za-z0-9_-]{43}$/);
    expect(shown).toEqual({
      id: expect.any(String),
      type: 'secret',
      label: 'cluster 2',
      jwks: null,
      jwksUri: null,
      createdBy: admin.id,
      createdAt: expect.any(String),
      expiresAt,
      lastUsedAt: null,
    });
    const list = await call('GET', `/${account.id}/credentials`);
    expect(list.body).toEqual({ items: [shown], nextCursor: null });
    expect((await auditOf(account.id))[0]).toMatchObject({
      action: 'credential.created',
      detail: { credentialId: shown.id, type: 'secret' },
    });
  });

  it('are several, each different, listed page by page', async () => {
    const account = await make();
    const made = [
      await makeCredential(account),
      await makeCredential(account),
      await makeCredential(account),
    ];
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(3);
    const { body: first } = await call('GET', `/${account.id}/credentials?limit=2`);
    const { items, nextCursor } = first as { items: Credential[]; nextCursor: string };
    const { body: second } = await call('GET', `/${account.id}/credentials?cursor=${nextCursor}`);
    const rest = (second as { items: Credential[] }).items;
    expect([...items, ...rest].map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
    const foreign = await make();
    expect((await call('GET', `/${foreign.id}/credentials?cursor=${nextCursor}`)).status).toBe(400);
    expect((await call('GET', `/${NOBODY}/credentials`)).status).toBe(404);
  });

  it('are ten that are live at the most, also when more are asked for at once', async () => {
    const account = await make();
    const soon = new Date(app.clock.now() + 60_000).toISOString();
    await makeCredential(account, { expiresAt: soon });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        call('POST', `/${account.id}/credentials`, { type: 'secret' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(9);
    expect(answers.find(({ status }) => status !== 201)?.body).toMatchObject({
      status: 409,
      code: 'too_many_credentials',
    });
    app.clock.advance(61_000);
    expect((await call('POST', `/${account.id}/credentials`, { type: 'secret' })).status).toBe(201);
    expect((await call('POST', `/${account.id}/credentials`, { type: 'secret' })).status).toBe(409);
  });

  it('take their tokens along when they are removed, and no others', async () => {
    const account = await make({ roles: ['sa-reader'] });
    const [old, next] = [await makeCredential(account), await makeCredential(account)];
    const [oldToken, nextToken] = [await tokenOf(account, old), await tokenOf(account, next)];
    expect((await call('DELETE', `/${account.id}/credentials/${old.id}`)).status).toBe(204);
    expect(await statusWith(oldToken)).toBe(401);
    expect(await statusWith(nextToken)).toBe(200);
    expect((await call('DELETE', `/${account.id}/credentials/${old.id}`)).body).toMatchObject({
      status: 404,
      code: 'credential_not_found',
    });
    const other = await make();
    expect((await call('DELETE', `/${other.id}/credentials/${next.id}`)).status).toBe(404);
    expect(await statusWith(nextToken)).toBe(200);
    expect((await auditOf(account.id))[0]).toMatchObject({
      action: 'credential.deleted',
      detail: { credentialId: old.id },
    });
  });

  it('keep the public half of a key pair only', async () => {
    const account = await make();
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const made = await makeCredential(account, {
      type: 'public-key',
      jwks: { keys: [{ ...jwk, kid: 'one', x5t: 'dropped' }] },
    });
    expect(made).not.toHaveProperty('secret');
    expect(made.jwks).toEqual({ keys: [{ ...jwk, kid: 'one', alg: 'ES256', use: 'sig' }] });
    const { body } = await call('GET', `/${account.id}/credentials`);
    expect(body).toMatchObject({ items: [{ jwks: made.jwks }] });
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = ec.publicKey.export({ format: 'jwk' });
  const privateJwk = ec.privateKey.export({ format: 'jwk' });
  const pair = (jwks: unknown) => ({ type: 'public-key', jwks });
  it.each([
    ['an unknown type', { type: 'password' }, '/type'],
    ['no type', { type: null }, '/type'],
    ['a secret of the client\u2019s own', { secret: 'correct horse battery' }, '/secret'],
    ['a hash of the client\u2019s own', { secretHash: 'a'.repeat(64) }, '/secretHash'],
    ['keys for a secret', { jwks: { keys: [publicJwk] } }, '/jwks'],
    ['an address for a secret', { jwksUri: 'https://a.example/jwks' }, '/jwksUri'],
    ['a key pair without keys', { type: 'public-key' }, '/jwks'],
    ['keys that are no object', pair('x'), '/jwks'],
    ['keys that are null', pair(null), '/jwks'],
    ['no keys', pair({ keys: [] }), '/jwks'],
    ['too many keys', pair({ keys: Array.from({ length: 5 }, () => publicJwk) }), '/jwks'],
    ['a private key', pair({ keys: [publicJwk, privateJwk] }), '/jwks/keys/1'],
    ['a shared secret', pair({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }), '/jwks/keys/0'],
    ['one kid twice', pair({ keys: [publicJwk, publicJwk] }), '/jwks/keys/1/kid'],
    [
      'keys and an address',
      { ...pair({ keys: [publicJwk] }), jwksUri: 'https://a.example/jwks' },
      '/jwksUri',
    ],
    [
      'an address that nobody listed',
      { type: 'public-key', jwksUri: 'https://a.example/jwks' },
      '/jwksUri',
    ],
    ['an end that is over', { expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ['an end that is no moment', { expiresAt: 'never' }, '/expiresAt'],
    ['a label that is too long', { label: 'a'.repeat(65) }, '/label'],
    ['a creator', { createdBy: NOBODY }, '/createdBy'],
    ['a use', { lastUsedAt: '2026-01-01T00:00:00Z' }, '/lastUsedAt'],
  ])('are not made of %s', async (_, body, pointer) => {
    const account = await make();
    const answer = await call('POST', `/${account.id}/credentials`, { type: 'secret', ...body });
    expect(answer.body).toMatchObject({ status: 400, code: 'validation_failed' });
    expect(pointersOf(answer)).toEqual([pointer]);
    expect(JSON.stringify(answer.body)).not.toContain(privateJwk.d);
    expect((await call('GET', `/${account.id}/credentials`)).body).toMatchObject({ items: [] });
  });
});

describe('becoming a service account', () => {
  const credential = (id: string, by: { token: string }) =>
    call('POST', `/${id}/credentials`, { type: 'secret' }, by);

  it('is for its owner, and for the desk', async () => {
    const account = await make({ ownerId: owner.id });
    expect((await credential(account.id, owner)).status).toBe(201);
    expect((await credential(account.id, desk)).status).toBe(201);
  });

  it('takes all that its roles permit', async () => {
    const account = await make({ roles: ['auditor'], ownerId: owner.id });
    for (const by of [owner, desk]) expect((await credential(account.id, by)).status).toBe(403);
    // Owning it is no detour, nor is making somebody else the owner.
    for (const ownerId of [desk.id, admin.id]) {
      expect((await call('PATCH', `/${account.id}`, { ownerId }, desk)).status).toBe(403);
    }
    const auditor = await app.createUser({ roles: ['sa-desk', 'auditor'] });
    expect((await credential(account.id, auditor)).status).toBe(201);
  });

  it('is for administrators when it is one, with or without permissions of its own', async () => {
    const account = await make({ roles: ['admin'], ownerId: owner.id });
    const everything = await app.createUser({ roles: ['admin'] });
    await makeRole('nearly-admin', await permissionsOf('admin'));
    const nearly = await app.createUser({ roles: ['nearly-admin'] });
    const ofNearly = await make({ roles: ['admin'], ownerId: nearly.id });
    expect((await credential(ofNearly.id, nearly)).status).toBe(403);
    for (const by of [owner, desk, nearly]) {
      expect((await credential(account.id, by)).status).toBe(403);
    }
    for (const [method, path, body] of [
      ['PATCH', '', { description: 'x' }],
      ['PUT', '/roles', { roles: [] }],
      ['POST', '/disable', undefined],
      ['POST', '/revoke-tokens', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      expect((await call(method, `/${account.id}${path}`, body, nearly)).status).toBe(403);
    }
    const made = await makeCredential(account, {}, everything);
    expect(
      (await call('DELETE', `/${account.id}/credentials/${made.id}`, undefined, nearly)).status,
    ).toBe(403);
    // What got out, the owner takes back, whatever the account is.
    expect(
      (await call('DELETE', `/${account.id}/credentials/${made.id}`, undefined, owner)).status,
    ).toBe(204);
  });

  it('takes the roles too: nobody gives what they do not hold', async () => {
    const account = await make({ ownerId: desk.id });
    for (const roles of [['admin'], ['auditor'], ['sa-desk', 'viewer']]) {
      expect((await call('PUT', `/${account.id}/roles`, { roles }, desk)).status).toBe(403);
    }
    expect((await call('PUT', `/${account.id}/roles`, { roles: ['sa-desk'] }, desk)).status).toBe(
      200,
    );
    // A machine of the desk's is no stronger than the desk.
    const machine = { ...desk, ...(await tokenOf(account)) };
    expect(
      (await call('PUT', `/${account.id}/roles`, { roles: ['auditor'] }, machine)).status,
    ).toBe(403);
    const strong = await make({ roles: ['auditor'] });
    expect((await credential(strong.id, machine)).status).toBe(403);
  });

  it('takes what it was granted on resources, for a stranger', async () => {
    const account = await make({ ownerId: owner.id });
    const resource = (
      await app.api('POST', '/v1/resources', {
        token: admin.token,
        body: { identifier: 'https://prod.example.com', name: 'Production', actions: ['deploy'] },
      })
    ).body as { id: string };
    const now = app.clock.now();
    await app.database.repository('Grant').insert({
      id: NOBODY,
      resourceId: resource.id,
      principalId: account.id,
      roleName: null,
      actions: ['deploy'],
      endsAt: now + 60_000,
      createdBy: admin.id,
      createdAt: now,
    });
    expect((await credential(account.id, desk)).body).toMatchObject({
      status: 403,
      code: 'access_denied',
    });
    expect((await call('PATCH', `/${account.id}`, { ownerId: desk.id }, desk)).status).toBe(403);
    expect((await credential(account.id, owner)).status).toBe(201);
    await makeRole('resource-manager', ['resources:manage']);
    const manager = await app.createUser({ roles: ['sa-desk', 'resource-manager'] });
    expect((await credential(account.id, manager)).status).toBe(201);
    app.clock.advance(61_000);
    expect((await credential(account.id, desk)).status).toBe(201);
  });

  it('takes the resources that it owns, for a stranger', async () => {
    await makeRole('sa-registrar', ['resources:read', 'resources:write']);
    const ada = await app.createUser({ roles: ['sa-reader', 'sa-registrar'] });
    const account = await make({ ownerId: ada.id, roles: ['sa-registrar'] });
    const { status } = await app.api('POST', '/v1/resources', {
      token: (await tokenOf(account)).token,
      body: { identifier: 'https://owned.example.com', name: 'Owned', actions: ['deploy'] },
    });
    expect(status).toBe(201);
    // It needs its role no more: an owner may do everything without one.
    expect((await call('PUT', `/${account.id}/roles`, { roles: [] })).status).toBe(200);
    const dora = await app.createUser({ roles: ['sa-desk'] });
    expect((await credential(account.id, dora)).body).toMatchObject({
      status: 403,
      code: 'access_denied',
    });
    expect((await call('PATCH', `/${account.id}`, { ownerId: dora.id }, dora)).status).toBe(403);
    expect((await credential(account.id, ada)).status).toBe(201);
  });

  it('takes the roles that resources are granted to, or managing resources, as giving them does', async () => {
    await makeRole('cluster-admin', []);
    const before = await make({ roles: ['cluster-admin'], ownerId: owner.id });
    expect((await credential(before.id, desk)).status).toBe(201);
    const resource = await app.api('POST', '/v1/resources', {
      token: admin.token,
      body: { identifier: 'https://cluster.example.com', name: 'Cluster', actions: ['deploy'] },
    });
    const { id: resourceId } = resource.body as { id: string };
    const grant = await app.api('POST', `/v1/resources/${resourceId}/grants`, {
      token: admin.token,
      body: { principal: { type: 'role', id: 'cluster-admin' }, actions: ['deploy'] },
    });
    expect(grant.status).toBe(201);
    const ask = async (by: TestUser) => {
      const roles = ['cluster-admin'];
      const theirs = await make({ ownerId: by.id });
      return [
        await call('POST', '', { name: newName(), roles }, by),
        await call('PUT', `/${theirs.id}/roles`, { roles }, by),
        await credential(before.id, by),
        await call('PATCH', `/${(await make({ roles })).id}`, { ownerId: by.id }, by),
      ].map(({ status }) => status);
    };
    expect(await ask(desk)).toEqual([403, 403, 403, 403]);
    // Its owner holds the role no more than anybody.
    expect((await credential(before.id, owner)).status).toBe(403);
    await makeRole('registry-manager', ['resources:manage']);
    for (const more of ['cluster-admin', 'registry-manager']) {
      const by = await app.createUser({ roles: ['sa-desk', more] });
      expect(await ask(by)).toEqual([201, 200, 201, 200]);
    }
    expect(await ask(admin)).toEqual([201, 200, 201, 200]);
  });

  it('needs a fresh token, as giving it roles or to somebody does', async () => {
    const account = await make();
    const old = await app.createUser({ roles: ['sa-desk'] });
    app.clock.advance(app.settings.freshnessMaxAge + 60_000);
    const { access_token: token } = (
      await app.api('POST', '/v1/auth/refresh', { body: { refresh_token: old.refreshToken } })
    ).body as { access_token: string };
    for (const answer of [
      await credential(account.id, { token }),
      await call('PUT', `/${account.id}/roles`, { roles: [] }, { ...old, token }),
      await call('PATCH', `/${account.id}`, { ownerId: old.id }, { ...old, token }),
    ]) {
      expect(answer.body).toMatchObject({ status: 401, code: 'insufficient_user_authentication' });
    }
    expect(
      (await call('GET', `/${account.id}/credentials`, undefined, { ...old, token })).status,
    ).toBe(200);
  });

  async function permissionsOf(role: string): Promise<readonly string[]> {
    const { body } = await app.api('GET', `/v1/roles/${role}`, { token: admin.token });
    return (body as { permissions: readonly string[] }).permissions;
  }
});
