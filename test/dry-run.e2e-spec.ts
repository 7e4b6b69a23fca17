import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { RevocationIndex } from '../src/revocation/revocation-index.js';
import type { Impact } from '../src/revocation/rehearsal/impact.dto.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer, Call } from './support/http.js';
import { OAuth, claimsOf } from './support/oauth.js';
import type { TestService } from './support/oauth.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const NOTHING: Impact = {
  sessions: 0,
  sessionsEnded: 0,
  tokens: 0,
  people: 0,
  serviceAccounts: 0,
  resources: 0,
};

let app: TestApp;
let oauth: OAuth;
beforeAll(async () => {
  app = await startTestApp();
  oauth = new OAuth(app);
});
afterAll(() => app.close());

/** Who holds a token, and which. */
interface Holding {
  readonly owner: string;
  readonly isPerson: boolean;
  readonly token: string;
  readonly refreshToken?: string;
}

/**
 * Ada (two sessions) has the role and owns a resource; Bob (one session) has it and a grant of his own;
 * Cleo has nothing; a service has the role, and one token by each of two credentials. The role has a grant.
 */
interface World {
  readonly role: string;
  readonly ada: TestUser;
  readonly bob: TestUser;
  readonly cleo: TestUser;
  readonly service: TestService;
  readonly holdings: readonly Holding[];
}

async function makeWorld(): Promise<World> {
  const role = await oauth.role(['resources:read', 'resources:write', 'notes:read']);
  const [ada, bob] = [
    await app.createUser({ roles: [role] }),
    await app.createUser({ roles: [role, 'viewer'] }),
  ];
  const cleo = await app.createUser();
  const again = await app.login(ada.username, ada.password);
  const service = await oauth.service();
  await oauth.admin('PUT', `/v1/service-accounts/${service.id}/roles`, { roles: [role] });
  await makeResources(role, ada, bob);
  const assertion = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await oauth.assertion(service),
  };
  const byKey = (await oauth.post('token', assertion)).body as { access_token: string };
  const person = ({ id, token, refreshToken }: TestUser): Holding => ({
    owner: id,
    isPerson: true,
    token,
    refreshToken,
  });
  const machine = (token: string): Holding => ({ owner: service.id, isPerson: false, token });
  return {
    role,
    ada,
    bob,
    cleo,
    service,
    holdings: [
      person(ada),
      person({ ...ada, token: again.access_token, refreshToken: again.refresh_token }),
      person(bob),
      person(cleo),
      machine(await oauth.tokenOf(service)),
      machine(byKey.access_token),
    ],
  };
}

/** One that Ada owns, one that the role has a grant for (and Bob, too), one of Bob's, and one of a grant that has ended. */
async function makeResources(role: string, ada: TestUser, bob: TestUser): Promise<void> {
  const body = {
    identifier: `https://${ada.username}.example.com`,
    name: 'Hers',
    actions: ['read'],
  };
  expect((await app.api('POST', '/v1/resources', { token: ada.token, body })).status).toBe(201);
  const [shared, his, over] = [
    await oauth.resource(),
    await oauth.resource(),
    await oauth.resource(),
  ];
  await oauth.grant(shared, 'role', role, ['read']);
  await oauth.grant(shared, 'user', bob.id, ['write']);
  await oauth.grant(his, 'user', bob.id, ['read']);
  await oauth.grant(over, 'user', ada.id, ['read']);
  await app.database.execute('UPDATE resource_grants SET ends_at = ? WHERE resource_id = ?', [
    app.clock.now() - 1,
    over.id,
  ]);
}

interface Act {
  readonly name: string;
  readonly method: string;
  readonly path: (world: World) => string;
  readonly body?: (world: World) => object;
  readonly touches: Impact;
}

const ADA: Impact = { ...NOTHING, sessions: 2, tokens: 2, people: 1, resources: 2 };
const ADA_OUT: Impact = { ...ADA, sessionsEnded: 2 };
const SERVICE: Impact = { ...NOTHING, tokens: 2, serviceAccounts: 1, resources: 1 };
const HOLDERS: Impact = {
  sessions: 3,
  sessionsEnded: 0,
  tokens: 5,
  people: 2,
  serviceAccounts: 1,
  resources: 3,
};

const user = (act: string) => (world: World) => `/v1/users/${world.ada.id}${act}`;
const account = (act: string) => (world: World) => `/v1/service-accounts/${world.service.id}${act}`;
const role = (world: World) => `/v1/roles/${world.role}`;
const revocations = () => '/v1/revocations';
const revoking = (kind: string, subject: (world: World) => string) => (world: World) => ({
  kind,
  subject: subject(world),
});

const ACTS: readonly Act[] = [
  {
    name: 'revoking a session',
    method: 'POST',
    path: revocations,
    body: revoking('session', ({ ada }) => claimsOf(ada.token).sid),
    touches: { ...ADA, sessions: 1, sessionsEnded: 1, tokens: 1 },
  },
  {
    name: 'revoking a principal',
    method: 'POST',
    path: revocations,
    body: revoking('principal', ({ ada }) => ada.id),
    touches: ADA_OUT,
  },
  { name: 'disabling a user', method: 'POST', path: user('/disable'), touches: ADA_OUT },
  {
    name: "revoking a user's tokens",
    method: 'POST',
    path: user('/revoke-tokens'),
    touches: ADA_OUT,
  },
  {
    name: 'taking roles from a user',
    method: 'PUT',
    path: user('/roles'),
    body: () => ({ roles: ['viewer'] }),
    touches: ADA,
  },
  {
    name: 'only giving roles to a user',
    method: 'PUT',
    path: user('/roles'),
    body: (world) => ({ roles: [world.role, 'viewer'] }),
    touches: NOTHING,
  },
  { name: 'deleting a user', method: 'DELETE', path: user(''), touches: ADA_OUT },
  {
    name: 'disabling a service account',
    method: 'POST',
    path: account('/disable'),
    touches: SERVICE,
  },
  {
    name: "revoking a service account's tokens",
    method: 'POST',
    path: account('/revoke-tokens'),
    touches: SERVICE,
  },
  {
    name: 'taking roles from a service account',
    method: 'PUT',
    path: account('/roles'),
    body: () => ({ roles: [] }),
    touches: SERVICE,
  },
  { name: 'deleting a service account', method: 'DELETE', path: account(''), touches: SERVICE },
  {
    name: 'deleting a credential',
    method: 'DELETE',
    path: (world) => account(`/credentials/${world.service.credentialId}`)(world),
    touches: { ...SERVICE, tokens: 1 },
  },
  {
    name: 'taking something out of a role',
    method: 'PATCH',
    path: role,
    body: () => ({ permissions: ['notes:read'] }),
    touches: HOLDERS,
  },
  {
    name: 'describing a role',
    method: 'PATCH',
    path: role,
    body: () => ({ description: 'Notes' }),
    touches: NOTHING,
  },
  { name: 'deleting a role', method: 'DELETE', path: role, touches: HOLDERS },
];

async function send(
  { method, path, body }: Omit<Act, 'name' | 'touches'>,
  world: World,
  dryRun: boolean,
): Promise<Answer> {
  const { token } = await app.admin();
  return app.api(method, `${path(world)}${dryRun ? '?dryRun=true' : ''}`, {
    token,
    ...(body === undefined ? {} : { body: body(world) }),
  });
}

/** Written by the replica itself, half a second after it has taken something in. */
const BY_ITSELF = new Set(['revocation_readers', 'revocation_readings']);

/** Every row of every table that requests change. */
async function everything(): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly string[]> = {};
  for (const { tableName } of app.database.dataSource.entityMetadatas) {
    if (BY_ITSELF.has(tableName)) continue;
    const rows = await app.database.select(`SELECT * FROM ${tableName}`);
    tables[tableName] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return tables;
}

const indexed = () => {
  const { namedSize, size } = app.nest.get(RevocationIndex, { strict: false });
  return { namedSize, size };
};

async function isRefused(token: string): Promise<boolean> {
  return (await app.api('GET', '/v1/auth/me', { token })).status === 401;
}

/** What of the world has really ended: each of its sessions and credentials has one token. */
async function ended({ holdings }: World): Promise<Omit<Impact, 'resources'>> {
  const refused: Holding[] = [];
  let sessionsEnded = 0;
  for (const holding of holdings) {
    if (!(await isRefused(holding.token))) continue;
    refused.push(holding);
    if (holding.refreshToken === undefined) continue;
    const body = { refresh_token: holding.refreshToken };
    if ((await app.api('POST', '/v1/auth/refresh', { body })).status === 401) sessionsEnded++;
  }
  const owners = (isPerson: boolean) =>
    new Set(refused.filter((one) => one.isPerson === isPerson).map(({ owner }) => owner)).size;
  return {
    sessions: refused.filter(({ isPerson }) => isPerson).length,
    sessionsEnded,
    tokens: refused.length,
    people: owners(true),
    serviceAccounts: owners(false),
  };
}

describe('a dry run', () => {
  it.each(ACTS)('of $name changes nothing, and says what the act then does', async (act) => {
    const world = await makeWorld();
    const [before, known] = [await everything(), indexed()];

    const dry = await send(act, world, true);
    expect([dry.status, dry.body]).toEqual([200, act.touches]);
    expect(dry.headers.get('etag')).toBeNull();
    expect(await everything()).toEqual(before);
    expect(indexed()).toEqual(known);
    for (const { token } of world.holdings) expect(await isRefused(token)).toBe(false);

    expect((await send(act, world, false)).status).toBeLessThan(300);
    const { resources: _, ...touches } = act.touches;
    expect(await ended(world)).toEqual(touches);
  });

  it('is refused where there is none, instead of done', async () => {
    const user = await app.createUser();
    for (const [method, path] of [
      ['POST', '/v1/auth/logout'],
      ['POST', '/v1/auth/logout-all'],
      ['POST', '/oauth/revoke'],
      ['GET', '/v1/auth/me'],
    ] as const) {
      for (const value of ['true', 'false', '']) {
        const answer = await app.api(method, `${path}?dryRun=${value}`, {
          token: user.token,
          conform: false,
        });
        expect([answer.status, (answer.body as { code: string }).code]).toEqual([
          400,
          'no_dry_run',
        ]);
      }
    }
    expect(await isRefused(user.token)).toBe(false);
  });

  it('of revoking one token does not know whose it is', async () => {
    const { ada } = await makeWorld();
    const body = { kind: 'token', subject: claimsOf(ada.token).jti };
    const { token } = await app.admin();
    const answer = await app.api('POST', '/v1/revocations?dryRun=true', { token, body });
    expect([answer.status, answer.body]).toEqual([200, { ...NOTHING, tokens: 1 }]);
    expect(await isRefused(ada.token)).toBe(false);
  });

  it('counts no session that is over, and no token that has expired', async () => {
    const world = await makeWorld();
    app.clock.advance(2 * HOUR);
    const body = { refresh_token: world.ada.refreshToken };
    expect((await app.api('POST', '/v1/auth/refresh', { body })).status).toBe(200);
    const disable = { method: 'POST', path: user('/disable') };
    expect((await send(disable, world, true)).body).toEqual({ ...ADA_OUT, tokens: 1 });
    const revoke = {
      method: 'POST',
      path: revocations,
      body: revoking('session', ({ ada }) => claimsOf(ada.token).sid),
    };
    expect((await send(revoke, world, false)).status).toBe(201);
    const left = { ...ADA_OUT, sessions: 1, sessionsEnded: 1, tokens: 0 };
    expect((await send(disable, world, true)).body).toEqual(left);
    // Again, of one that is over: it would be revoked, and nothing would end.
    expect((await send(revoke, world, true)).body).toEqual({ ...ADA, sessions: 0, tokens: 0 });
  });

  it('of false is the act', async () => {
    const { bob } = await makeWorld();
    const { token } = await app.admin();
    const path = `/v1/users/${bob.id}/disable?dryRun=false`;
    expect((await app.api('POST', path, { token })).body).toMatchObject({ status: 'disabled' });
    expect(await isRefused(bob.token)).toBe(true);
  });

  it.each(['', '1', 'TRUE', 'yes', 'true&dryRun=true', 'true&dry=true'])(
    'of anything else is refused, and nothing is done: %j',
    async (value) => {
      const { cleo } = await makeWorld();
      const { token } = await app.admin();
      const path = `/v1/users/${cleo.id}/disable?dryRun=${value}`;
      const { body } = await app.api('POST', path, { token });
      expect(body).toMatchObject({ status: 400 });
      expect(await isRefused(cleo.token)).toBe(false);
    },
  );

  it('counts the holders of a role in a few statements, however many there are', async () => {
    const name = await oauth.role(['notes:read']);
    const shared = await oauth.resource();
    await oauth.grant(shared, 'role', name, ['read']);
    const { id } = await app.createUser({ roles: [name] });
    const counting = async () => {
      const asked: string[] = [];
      const subscriber = {
        beforeQuery: ({ query }: { query: string }) => void asked.push(query),
      };
      const { subscribers } = app.database.dataSource;
      const { token } = await app.admin();
      subscribers.push(subscriber);
      const { body } = await app.api('DELETE', `/v1/roles/${name}?dryRun=true`, { token });
      subscribers.splice(subscribers.indexOf(subscriber), 1);
      return { body, statements: asked.filter((sql) => sql.includes('touched')).length };
    };
    const one = { ...NOTHING, sessions: 1, tokens: 1, people: 1, resources: 1 };
    expect(await counting()).toEqual({ body: one, statements: 4 });

    const others = Array.from(
      { length: 10_050 },
      (_, n) => `00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`,
    );
    const insert = (into: string, row: (holder: string) => string) =>
      app.database.execute(`INSERT INTO ${into} VALUES ${others.map(row).join(', ')}`);
    await insert(
      'principals (id, type, status, token_version, created_at)',
      (holder) => `('${holder}', 'user', 'active', 1, 0)`,
    );
    await insert(
      'principal_roles (principal_id, role_name)',
      (holder) => `('${holder}', '${name}')`,
    );
    // The resource is counted once, though the holders are counted in two parts, and one of each has it.
    await oauth.grant(shared, 'user', id, ['read']);
    await oauth.grant(shared, 'user', others[0] ?? '', ['read']);
    expect(await counting()).toEqual({ body: { ...one, people: 10_051 }, statements: 8 });
  });
});

describe('a dry run that fails', () => {
  /** Sends both, the dry run first; they must be refused alike. */
  async function refusal(method: string, path: string, call: Call): Promise<unknown> {
    const refusals: unknown[] = [];
    for (const query of ['?dryRun=true', '']) {
      const { status, body, headers } = await app.api(method, `${path}${query}`, call);
      const { requestId: _, ...told } = body as Record<string, unknown>;
      refusals.push({ ...told, status, challenge: headers.get('www-authenticate') });
    }
    expect(refusals[0]).toEqual(refusals[1]);
    return refusals[0];
  }

  it('says what the act would say', async () => {
    const { token, id } = await app.admin();
    const { cleo, service } = await makeWorld();
    const before = await everything();
    const no = { 'if-match': '"99"' };
    const roles = { body: { roles: [] } };
    const wanted: [number, string, string, Call][] = [
      [404, 'POST', `/v1/users/${NOBODY}/disable`, { token }],
      [404, 'POST', '/v1/revocations', { token, body: { kind: 'session', subject: 'x' } }],
      [404, 'POST', `/v1/keys/${'k'.repeat(43)}/compromise`, { token }],
      [404, 'DELETE', '/v1/roles/no-such-role', { token }],
      [404, 'DELETE', `/v1/service-accounts/${service.id}/credentials/${NOBODY}`, { token }],
      [403, 'POST', `/v1/users/${cleo.id}/disable`, { token: cleo.token }],
      [409, 'POST', `/v1/users/${id}/disable`, { token }],
      [409, 'PUT', `/v1/users/${id}/roles`, { token, ...roles }],
      [409, 'DELETE', `/v1/users/${id}`, { token }],
      [412, 'DELETE', `/v1/users/${cleo.id}`, { token, headers: no }],
      [412, 'PUT', `/v1/service-accounts/${service.id}/roles`, { token, ...roles, headers: no }],
      [400, 'PUT', `/v1/users/${cleo.id}/roles`, { token, body: { roles: ['no-such-role'] } }],
      [400, 'POST', '/v1/revocations', { token, body: { kind: 'key', subject: 'x' } }],
      [401, 'POST', `/v1/users/${cleo.id}/disable`, {}],
    ];
    for (const [status, method, path, call] of wanted) {
      expect(await refusal(method, path, call)).toMatchObject({ status });
    }
    expect(await everything()).toEqual(before);
  });

  it('asks for a fresh token where the act does', async () => {
    const old = await app.createUser({ roles: ['admin'] });
    app.clock.advance(DAY);
    const body = { refresh_token: old.refreshToken };
    const refreshed = await app.api('POST', '/v1/auth/refresh', { body });
    const { access_token: token } = refreshed.body as { access_token: string };
    const { cleo } = await makeWorld();
    expect(await refusal('DELETE', `/v1/users/${cleo.id}`, { token })).toMatchObject({
      status: 401,
      code: 'insufficient_user_authentication',
      challenge: expect.stringContaining('max_age=600'),
    });
    const disable = await app.api('POST', `/v1/users/${cleo.id}/disable?dryRun=true`, { token });
    expect(disable.status).toBe(200);
  });
});

describe('a dry run of a compromise', () => {
  const kidsIn = async (state: string) => {
    const { token } = await app.admin();
    const { body } = await app.api('GET', '/v1/keys', { token });
    const { items } = body as { items: { kid: string; state: string }[] };
    return items.filter((key) => key.state === state).map(({ kid }) => kid);
  };
  const compromise = async (kid: string | undefined, query = '?dryRun=true') => {
    const { token } = await app.admin();
    return app.api('POST', `/v1/keys/${kid}/compromise${query}`, { token });
  };

  it('counts whoever may hold a token that the key signed, and changes no key', async () => {
    app.clock.advance(DAY); // no token is left of what was before
    const world = await makeWorld();
    const admin = await app.admin();
    const [active] = await kidsIn('active');
    const [before, revision] = [
      await everything(),
      app.nest.get(RevocationFeed, { strict: false }).revision,
    ];
    const { status, body } = await compromise(active);
    expect(status).toBe(200);
    // Everybody in this world, and the administrator, who has signed in since.
    expect(body).toMatchObject({
      sessions: 5,
      sessionsEnded: 0,
      tokens: 7,
      people: 4,
      serviceAccounts: 1,
    });
    expect(await everything()).toEqual(before);
    expect(await kidsIn('active')).toEqual([active]);
    expect(app.nest.get(RevocationFeed, { strict: false }).revision).toBe(revision);
    for (const { token } of world.holdings) expect(await isRefused(token)).toBe(false);

    const [next] = await kidsIn('next');
    expect((await compromise(next)).body).toEqual(NOTHING);

    expect((await compromise(active, '')).status).toBe(200);
    const { sessions, tokens, ...rest } = await ended(world);
    expect({ sessions: sessions + 1, tokens: tokens + 1, ...rest }).toMatchObject({
      sessions: 5,
      tokens: 7,
      people: 3,
      serviceAccounts: 1,
    });
    expect(await isRefused(admin.token)).toBe(true);
  });

  it('counts for a key that is retired the tokens of before, until the last has expired', async () => {
    app.clock.advance(DAY);
    const { ada } = await makeWorld();
    const { token } = await app.admin();
    const [active] = await kidsIn('active');
    expect((await app.api('POST', '/v1/keys/rotate', { token })).status).toBe(200);
    app.clock.advance(HOUR / 4);
    const late = await app.createUser();
    expect(await isRefused(late.token)).toBe(false);
    const body = { refresh_token: ada.refreshToken };
    expect((await app.api('POST', '/v1/auth/refresh', { body })).status).toBe(200);
    const { sessions } = (await compromise(active)).body as Impact;
    expect(sessions).toBe(5); // Ada's refreshed one may still have the token of before
    app.clock.advance(2 * HOUR);
    expect((await compromise(active)).body).toEqual(NOTHING);
  });
});
