import { randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { RevocationUnavailable, TokenRejected } from '../packages/verifier/src/errors.js';
import { statusLists } from '../packages/verifier/src/status-lists/status-lists.js';
import type { StatusLists } from '../packages/verifier/src/status-lists/status-lists.js';
import { createVerifier } from '../packages/verifier/src/verifier.js';
import type { Verifier } from '../packages/verifier/src/verifier.js';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { LIST_LENGTH } from '../src/status-lists/status-reference.js';
import { StatusIndexes } from '../src/status-lists/status-indexes.js';
import { startTestApp } from './support/app.js';
import type { TestApp, Tokens } from './support/app.js';
import { createDatabase, dialect } from './support/databases.js';
import { OAuth, claimsOf } from './support/oauth.js';

interface Status {
  readonly idx: number;
  readonly uri: string;
}

interface Digest {
  readonly revision: number;
  readonly lists: readonly (readonly [list: number, revision: number])[];
  readonly named: number;
}

interface Named {
  readonly keys: readonly string[];
  readonly principals: readonly (readonly [string, number])[];
  readonly tokens: readonly string[];
  readonly credentials: readonly string[];
}

function statusOf(token: string): Status {
  const { status } = claimsOf(token) as unknown as { status: { status_list: Status } };
  return status.status_list;
}

/** What is served at a path below the lists, verified as any consumer can. */
async function read<T>(app: TestApp, path: string, typ: string): Promise<T> {
  const answer = await app.api('GET', `/v1/status-lists/${path}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(`application/${typ}`);
  const { body: jwks } = await app.api('GET', '/.well-known/jwks.json');
  const { issuer } = app.settings;
  const { payload } = await jwtVerify(
    String(answer.body),
    createLocalJWKSet(jwks as JSONWebKeySet),
    {
      typ,
      issuer,
      subject: `${issuer}/v1/status-lists/${path}`,
      currentDate: new Date(app.clock.now()),
      requiredClaims: ['exp', 'iat'],
    },
  );
  return payload as T; // the claims of that type
}

const digestOf = (app: TestApp) => read<Digest>(app, 'digest', 'signet-digest+jwt');
const namedOf = (app: TestApp) => read<Named>(app, 'named', 'signet-named+jwt');

/** Whether the list says that the token's session is revoked, as the draft's 8.3 has it. */
async function isListed(app: TestApp, token: string): Promise<boolean> {
  const { idx, uri } = statusOf(token);
  const path = uri.slice(`${app.settings.issuer}/v1/status-lists/`.length);
  const list = await read<{ status_list: { bits: number; lst: string } }>(
    app,
    path,
    'statuslist+jwt',
  );
  expect(list.status_list.bits).toBe(1);
  const bits = inflateSync(Buffer.from(list.status_list.lst, 'base64url'));
  expect(bits).toHaveLength(LIST_LENGTH / 8);
  return (((bits[idx >> 3] ?? 0) >> (idx & 7)) & 1) === 1;
}

/** Lets a replica hear of everything, and sign anew: no document is signed twice within a second. */
async function catchUp(app: TestApp): Promise<void> {
  app.clock.advance(1000);
  await app.nest.get(RevocationFeed).poll();
}

describe('the status of tokens', () => {
  let app: TestApp;
  let oauth: OAuth;
  beforeAll(async () => {
    app = await startTestApp();
    oauth = new OAuth(app);
  });
  afterAll(() => app.close());

  const refresh = async (refresh_token: string) => {
    const answer = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
    return answer.body as Tokens;
  };

  it('is at the same place for all tokens of a session, and elsewhere for every other one', async () => {
    const user = await app.createUser();
    const { access_token: refreshed } = await refresh(user.refreshToken);
    const { access_token: other } = await app.login(user.username, user.password);
    expect(statusOf(refreshed)).toEqual(statusOf(user.token));
    expect(statusOf(other)).not.toEqual(statusOf(user.token));
    expect(statusOf(user.token).uri).toBe(`${app.settings.issuer}/v1/status-lists/0`);
  });

  it("is said by every token: a service's own, and what is exchanged", async () => {
    const resource = await oauth.resource();
    const service = await oauth.service(['tokens:exchange', 'users:read']);
    await oauth.grant(resource, 'service', service.id, ['read']);
    const user = await app.createUser();
    await oauth.grant(resource, 'user', user.id, ['read']);
    const own = await oauth.tokenOf(service);
    const forResource = await oauth.tokenOf(service, { resource: resource.identifier });
    expect(statusOf(forResource)).toEqual(statusOf(own));
    expect(statusOf(await oauth.exchanged(user, resource))).toEqual(statusOf(user.token));
    const acting = await oauth.exchanged(user, resource, service);
    expect(statusOf(acting)).toEqual(statusOf(user.token));
    const { id, username, password } = user;
    const { body } = await app.api('POST', '/v1/auth/reauthenticate', {
      token: (await app.login(username, password)).access_token,
      body: { password },
    });
    expect(statusOf((body as Tokens).access_token).idx).toBeGreaterThan(0);
    const preview = await app.api('POST', '/v1/tokens/preview', {
      token: (await app.admin()).token,
      body: { principal: { type: 'user', id } },
    });
    expect(preview.body).toMatchObject({ token: { claims: { status: { status_list: {} } } } });
  });

  it('changes for the session that is signed out, and for no other one, on every replica', async () => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    const { access_token: stays } = await app.login(user.username, user.password);
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    await catchUp(app);
    await catchUp(replica);
    for (const one of [app, replica]) {
      expect(await isListed(one, user.token)).toBe(true);
      expect(await isListed(one, stays)).toBe(false);
    }
  });

  it('is known on another replica within the bound, without anybody asking it to poll', async () => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    const acknowledged = performance.now();
    while (!(await isListed(replica, user.token))) {
      // One second is for documents, which are not signed more often.
      expect(performance.now() - acknowledged).toBeLessThan(
        app.settings.revocationMaxStaleness + 1000,
      );
    }
  });

  it('of a service changes when its credential is removed, which is named for those who act by it', async () => {
    const service = await oauth.service();
    const token = await oauth.tokenOf(service);
    await oauth.admin(
      'DELETE',
      `/v1/service-accounts/${service.id}/credentials/${service.credentialId}`,
    );
    await catchUp(app);
    expect(await isListed(app, token)).toBe(true);
    const { credentials } = await namedOf(app);
    expect(credentials).toContain(service.credentialId);
    expect(credentials).not.toContain(service.keyCredentialId);
  });

  it('does not change with a role; what is named does', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    const { named: before } = await digestOf(app);
    await oauth.admin('PUT', `/v1/users/${user.id}/roles`, { roles: [] });
    await catchUp(app);
    expect(await isListed(app, user.token)).toBe(false);
    expect((await digestOf(app)).named).toBeGreaterThan(before);
    const version = claimsOf(user.token).ver + 1;
    expect((await namedOf(app)).principals).toContainEqual([user.id, version]);
  });

  it('does not change with a single token, which is named', async () => {
    const user = await app.createUser();
    const { jti } = claimsOf(user.token);
    await oauth.admin('POST', '/v1/revocations', { kind: 'token', subject: jti });
    await catchUp(app);
    expect(await isListed(app, user.token)).toBe(false);
    expect((await namedOf(app)).tokens).toContain(jti);
  });

  it('is covered by a digest that names the revision of each list', async () => {
    const user = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    await catchUp(app);
    const digest = await digestOf(app);
    expect(digest.revision).toBe(app.nest.get(RevocationFeed).revision);
    expect(digest.lists).toEqual([[0, digest.revision]]);
  });
});

describe('the lists', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    app.api('GET', `/v1/status-lists${path}`, { headers });

  it('are for everybody, and can be kept for a while and asked for again cheaply', async () => {
    for (const path of ['/0', '/digest', '/named']) {
      const first = await get(path);
      expect(first.status).toBe(200);
      expect(first.headers.get('cache-control')).toBe('public, max-age=5');
      expect(first.headers.get('access-control-allow-origin')).toBe('*');
      const again = await get(path, { 'if-none-match': first.headers.get('etag') ?? '' });
      expect([path, again.status, again.body]).toEqual([path, 304, undefined]);
    }
  });

  it('are signed anew in time for who keeps one up to its end', async () => {
    const { headers } = await get('/0');
    const etag = headers.get('etag') ?? '';
    app.clock.advance(app.settings.statusListLifetime / 4 + 1000);
    await app.nest.get(RevocationFeed).poll();
    expect((await get('/0', { 'if-none-match': etag })).status).toBe(200);
  });

  it('are those in which an index may be, and no others', async () => {
    for (const path of ['/1', '/00', '/-1', '/1e1', '/99999999999', '/x']) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    const { issuer } = app.settings;
    expect((await get('')).body).toEqual({ status_lists: [`${issuer}/v1/status-lists/0`] });
    await app.database.execute('UPDATE status_index_head SET next_index = ?', [LIST_LENGTH]);
    await app.nest.get(RevocationFeed).poll();
    expect((await get('/1')).status).toBe(200);
    expect((await get('/2')).status).toBe(404);
  });

  it('are not served by a replica that may be behind', async () => {
    const feed = app.nest.get(RevocationFeed);
    await get('/0');
    await feed.stop();
    app.clock.advance(app.settings.revocationMaxStaleness + 1);
    for (const path of ['/0', '/digest', '/named']) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    await feed.start();
    expect((await get('/0')).status).toBe(200);
  });

  it('are signed by the new key, which says so, once the one before is compromised', async () => {
    const { token } = await app.admin();
    const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
    const { kid } = JSON.parse(header) as { kid: string };
    await digestOf(app);
    await app.api('POST', `/v1/keys/${kid}/compromise`, { token });
    await catchUp(app);
    expect((await namedOf(app)).keys).toEqual([kid]);
    await digestOf(app); // verified by the keys that are left
  });

  it('are in the metadata (RFC 8414)', async () => {
    const { issuer } = app.settings;
    expect((await app.api('GET', '/.well-known/oauth-authorization-server')).body).toMatchObject({
      status_list_aggregation_endpoint: `${issuer}/v1/status-lists`,
      revocation_digest_endpoint: `${issuer}/v1/status-lists/digest`,
    });
  });
});

describe('a service that goes by the lists', () => {
  let app: TestApp;
  let requests: string[];
  let lists: StatusLists;
  let verifier: Verifier;
  beforeEach(async () => {
    app = await startTestApp();
    requests = [];
    const { issuer } = app.settings;
    const common = {
      issuer,
      allowHttp: true,
      clock: { now: () => app.clock.now(), monotonic: () => app.clock.monotonic() },
      // The issuer of the tests is a name that no resolver knows.
      fetch: (url: string, init: RequestInit) => {
        requests.push(url.slice(issuer.length));
        return fetch(url.replace(issuer, app.url), init);
      },
    };
    lists = statusLists({ ...common, refreshEvery: 0.2, maxStaleness: 10 });
    verifier = createVerifier({ ...common, audience: issuer, revocation: lists });
  });
  afterEach(async () => {
    lists.close();
    await app.close();
  });

  /** The code with which a token is refused; undefined when it is accepted. */
  const refusal = (token: string) =>
    verifier.verify(token).then(
      () => undefined,
      (error: unknown) => (error instanceof TokenRejected ? error.code : error),
    );
  const untilRefused = async (token: string) => {
    const acknowledged = performance.now();
    let refused: unknown;
    while ((refused = await refusal(token)) === undefined) {
      expect(performance.now() - acknowledged).toBeLessThan(10_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return refused;
  };

  it('refuses a session that was signed out within its bound, and goes on with others', async () => {
    const user = await app.createUser();
    const { access_token: stays } = await app.login(user.username, user.password);
    expect(await refusal(user.token)).toBeUndefined();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    expect(await untilRefused(user.token)).toBe('revoked');
    expect(await refusal(stays)).toBeUndefined();
  });

  it('asks nobody because of a token', async () => {
    const { token } = await app.createUser();
    await refusal(token);
    lists.close();
    await lists.refresh();
    const before = requests.length;
    for (let i = 0; i < 100; i++) expect(await refusal(token)).toBeUndefined();
    expect(requests).toHaveLength(before);
  });

  it('refuses what was issued before a role was taken, a token that was revoked, and a deleted user', async () => {
    const oauth = new OAuth(app);
    const [demoted, single, deleted] = await Promise.all([
      app.createUser({ roles: ['editor'] }),
      app.createUser(),
      app.createUser(),
    ]);
    const { access_token: sibling } = await app.login(single.username, single.password);
    for (const token of [demoted.token, single.token, deleted.token, sibling])
      expect(await refusal(token)).toBeUndefined();
    await oauth.admin('PUT', `/v1/users/${demoted.id}/roles`, { roles: [] });
    await oauth.admin('POST', '/v1/revocations', {
      kind: 'token',
      subject: claimsOf(single.token).jti,
    });
    await oauth.admin('DELETE', `/v1/users/${deleted.id}`);
    for (const { token } of [demoted, single, deleted])
      expect(await untilRefused(token)).toBe('revoked');
    expect(await refusal(sibling)).toBeUndefined();
    const body = { refresh_token: demoted.refreshToken };
    const { body: left } = await app.api('POST', '/v1/auth/refresh', { body });
    expect(await refusal((left as Tokens).access_token)).toBeUndefined();
  });

  it('refuses what a compromised key signed, though its keys are minutes old, and takes what the next one signs', async () => {
    const { token, username, password } = await app.createUser();
    expect(await refusal(token)).toBeUndefined();
    const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
    const { kid } = JSON.parse(header) as { kid: string };
    await new OAuth(app).admin('POST', `/v1/keys/${kid}/compromise`);
    expect(await untilRefused(token)).toBe('revoked');
    const { access_token: after } = await app.login(username, password);
    expect(await refusal(after)).toBeUndefined();
  });

  it('fails closed when Signet is gone for longer than its bound', async () => {
    const { token } = await app.createUser();
    expect(await refusal(token)).toBeUndefined();
    const feed = app.nest.get(RevocationFeed);
    await feed.stop(); // so Signet does not vouch for anything any more
    app.clock.advance(10_001);
    expect(await refusal(token)).toBeInstanceOf(RevocationUnavailable);
    await feed.start();
    app.clock.advance(1000); // past the last try
    await feed.poll();
    expect(await refusal(token)).toBeUndefined();
  });
});

describe('status indexes', () => {
  it('are given once, whatever ends in between: rows, transactions, processes', async () => {
    const database = await createDatabase();
    const settings = { KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    const seen = new Set<number>();
    const note = (token: string) => {
      const { idx } = statusOf(token);
      expect(seen).not.toContain(idx);
      seen.add(idx);
    };
    try {
      let admin = { username: '', password: '' };
      for (let start = 0; start < 3; start++) {
        const app = await startTestApp({ database, settings });
        if (start === 0) admin = await app.setup();
        const { access_token: token } = await app.login(admin.username, admin.password);
        note(token);
        await app.api('POST', '/v1/auth/logout', { token });
        await app.database.execute('DELETE FROM sessions');
        note((await app.login(admin.username, admin.password)).access_token);
        await catchUp(app);
        expect(await isListed(app, token)).toBe(true);
        await app.close();
      }
      // The same list from what is stored: what was signed out before is out.
      const app = await startTestApp({ database, settings });
      const { lists } = await digestOf(app);
      expect(lists).toEqual([[0, 3]]);
      await app.close();
    } finally {
      await database.drop();
    }
  });

  it('are unique when many are taken at once, on two replicas', async () => {
    const app = await startTestApp();
    try {
      await app.admin();
      const replica = await app.startReplica();
      const takers = [app, replica].map(({ nest }) => nest.get(StatusIndexes));
      const taken = await Promise.all(
        Array.from(
          { length: 5000 },
          (_, i) => takers[i % 2]?.take() ?? Promise.reject(new Error('no taker')),
        ),
      );
      expect(new Set(taken).size).toBe(5000);
    } finally {
      await app.close();
    }
  });

  it('are not taken within a transaction, which might give them back', async () => {
    const app = await startTestApp();
    try {
      const take = () => app.nest.get(StatusIndexes).take();
      await expect(app.database.transaction(take)).rejects.toThrow('before the transaction');
    } finally {
      await app.close();
    }
  });

  it('are given to sessions and credentials of an older version when they are next used', async () => {
    const app = await startTestApp();
    const oauth = new OAuth(app);
    try {
      const user = await app.createUser();
      const service = await oauth.service();
      await app.database.execute('UPDATE sessions SET status_index = NULL');
      await app.database.execute('UPDATE service_credentials SET status_index = NULL');
      const body = { refresh_token: user.refreshToken };
      const { access_token: token, refresh_token } = (
        await app.api('POST', '/v1/auth/refresh', { body })
      ).body as Tokens;
      const again = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
      expect(statusOf((again.body as Tokens).access_token)).toEqual(statusOf(token));
      const tokens = await Promise.all([oauth.tokenOf(service), oauth.tokenOf(service)]);
      expect(statusOf(tokens[0])).toEqual(statusOf(tokens[1]));
    } finally {
      await app.close();
    }
  });
});

describe('without status lists', () => {
  it('tokens say no status, and nothing is served or promised', async () => {
    const app = await startTestApp({ settings: { STATUS_LISTS: 'off' } });
    try {
      const { token } = await app.admin();
      expect(claimsOf(token)).not.toHaveProperty('status');
      for (const path of ['', '/0', '/digest', '/named'])
        expect((await app.api('GET', `/v1/status-lists${path}`)).status).toBe(404);
      const { body } = await app.api('GET', '/.well-known/oauth-authorization-server');
      expect(Object.keys(body as object).filter((name) => /status|digest/.test(name))).toEqual([]);
      const rows = await app.database.select<{ n: number }>(
        'SELECT COUNT(*) AS n FROM sessions WHERE status_index IS NOT NULL',
      );
      expect(Number(rows[0]?.n)).toBe(0);
    } finally {
      await app.close();
    }
  });
});

if (dialect === 'mariadb') {
  describe('a replica that has just started', () => {
    it('serves the list of an index that another one has leased since its last poll', async () => {
      const app = await startTestApp();
      try {
        await app.admin();
        await app.database.execute('UPDATE status_index_head SET next_index = ?', [
          LIST_LENGTH - 1024,
        ]);
        const replica = await app.startReplica();
        await replica.nest.get(RevocationFeed).stop(); // it polls no more, and is fresh for a while
        await app.nest.get(StatusIndexes).take();
        expect((await replica.api('GET', '/v1/status-lists/1')).status).toBe(200);
      } finally {
        await app.close();
      }
    });
  });
}
