import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HistoryLost } from '../src/revocation/known-history.js';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { dialect } from './support/databases.js';

interface Claims {
  readonly jti: string;
  readonly sid: string;
  readonly ver: number;
  readonly roles: readonly string[];
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

describe('revocation', () => {
  let app: TestApp;
  let admin: TestUser;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await app.admin();
  });
  afterAll(() => app.close());

  const me = async (token: string, replica: TestApp = app) =>
    (await replica.api('GET', '/v1/auth/me', { token })).status;
  const revoke = (kind: string, subject: string, token = admin.token) =>
    app.api('POST', '/v1/revocations', { token, body: { kind, subject } });
  const refresh = (refresh_token: string) =>
    app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });

  it('takes one token and no other, however alike their ids', async () => {
    const user = await app.createUser();
    const sibling = (await refresh(user.refreshToken)).body as { access_token: string };
    const { jti } = claimsOf(user.token);
    const swapped = jti.replace(/[a-zA-Z]/, (c) =>
      c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase(),
    );
    expect((await revoke('token', swapped)).status).toBe(201);
    expect(await me(user.token)).toBe(200);
    const receipt = await revoke('token', jti);
    expect(receipt.status).toBe(201);
    expect(receipt.body).toMatchObject({ boundMs: 2000 });
    expect(await me(user.token)).toBe(401);
    expect(await me(sibling.access_token)).toBe(200);
  });

  it('takes a session with everything that belongs to it', async () => {
    const user = await app.createUser();
    const next = (await refresh(user.refreshToken)).body as {
      access_token: string;
      refresh_token: string;
    };
    expect((await revoke('session', claimsOf(user.token).sid)).status).toBe(201);
    expect(await me(user.token)).toBe(401);
    expect(await me(next.access_token)).toBe(401);
    expect((await refresh(next.refresh_token)).body).toMatchObject({ code: 'session_ended' });
  });

  it('takes everything of a principal, who may sign in again within the same second', async () => {
    const user = await app.createUser();
    const other = await app.login(user.username, user.password);
    expect((await revoke('principal', user.id)).status).toBe(201);
    expect(await me(user.token)).toBe(401);
    expect(await me(other.access_token)).toBe(401);
    expect((await refresh(other.refresh_token)).status).toBe(401);
    const again = await app.login(user.username, user.password);
    expect(await me(again.access_token)).toBe(200);
  });

  it('says when there is nothing of that id', async () => {
    for (const kind of ['session', 'principal']) {
      const answer = await revoke(kind, '00000000-0000-4000-8000-000000000000');
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ code: 'nothing_to_revoke' });
    }
  });

  it('is for administrators', async () => {
    const editor = await app.createUser({ roles: ['editor'] });
    const victim = await app.createUser();
    expect((await revoke('principal', victim.id, editor.token)).status).toBe(403);
    expect(await me(victim.token)).toBe(200);
  });

  it('lists what is in force, newest first, page by page', async () => {
    const user = await app.createUser();
    await revoke('principal', user.id);
    const first = await app.api('GET', '/v1/revocations?limit=1', { token: admin.token });
    const { items, nextCursor } = first.body as {
      items: { revision: number }[];
      nextCursor: string;
    };
    expect(items).toMatchObject([{ kind: 'principal', subject: user.id, revokedBy: admin.id }]);
    const second = await app.api('GET', `/v1/revocations?limit=1&cursor=${nextCursor}`, {
      token: admin.token,
    });
    const [older] = (second.body as { items: { revision: number }[] }).items;
    expect(older?.revision).toBeLessThan(items[0]?.revision ?? 0);
  });

  it('acts when a role is taken away: the old token is refused, the session goes on with what is left', async () => {
    const user = await app.createUser({ roles: ['editor', 'viewer'] });
    const roles = (names: readonly string[]) =>
      app.api('PUT', `/v1/users/${user.id}/roles`, { token: admin.token, body: { roles: names } });
    expect((await roles(['viewer'])).status).toBe(200);
    expect(await me(user.token)).toBe(401);
    const refreshed = await refresh(user.refreshToken);
    expect(refreshed.status).toBe(200);
    const { access_token: token } = refreshed.body as { access_token: string };
    expect(claimsOf(token).roles).toEqual(['viewer']);
    const body = { identifier: 'urn:example:too-late', name: 'x', actions: ['read'] };
    expect((await app.api('POST', '/v1/resources', { token, body })).status).toBe(403);
  });

  it('acts when the user is disabled or deleted, and a new user of the same name is another one', async () => {
    const user = await app.createUser();
    expect(
      (await app.api('POST', `/v1/users/${user.id}/disable`, { token: admin.token })).status,
    ).toBe(200);
    expect(await me(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    expect(
      (await app.api('POST', `/v1/users/${user.id}/enable`, { token: admin.token })).status,
    ).toBe(200);
    // What was ended stays ended.
    expect(await me(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    const again = await app.login(user.username, user.password);
    expect((await app.api('DELETE', `/v1/users/${user.id}`, { token: admin.token })).status).toBe(
      204,
    );
    expect(await me(again.access_token)).toBe(401);
    expect((await refresh(again.refresh_token)).status).toBe(401);
    const { email, username, password } = user;
    const twin = await app.createUser({ email, username, password });
    expect(twin.id).not.toBe(user.id);
    expect(await me(again.access_token)).toBe(401);
  });

  it('reaches another replica within the bound, and the one that acknowledged it at once', async () => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    expect(await me(user.token, replica)).toBe(200);
    expect((await app.api('POST', '/v1/auth/logout', { token: user.token })).status).toBe(204);
    const acknowledged = performance.now();
    expect(await me(user.token)).toBe(401);
    let lastAccepted = 0;
    while (performance.now() - acknowledged < app.settings.revocationMaxStaleness + 200) {
      const sent = performance.now() - acknowledged;
      if ((await me(user.token, replica)) === 200) lastAccepted = sent;
    }
    expect(lastAccepted).toBeLessThan(app.settings.revocationMaxStaleness);
  });

  it('loses nothing when many revoke at once on two replicas', async () => {
    const replica = await app.startReplica();
    const users = await Promise.all(Array.from({ length: 16 }, () => app.createUser()));
    const statuses = await Promise.all(
      users.map(({ token }, i) =>
        (i % 2 === 0 ? app : replica).api('POST', '/v1/auth/logout', { token }),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual(Array(users.length).fill(204));
    await app.nest.get(RevocationFeed).poll();
    await replica.nest.get(RevocationFeed).poll();
    for (const { token } of users) {
      expect(await me(token)).toBe(401);
      expect(await me(token, replica)).toBe(401);
    }
    const rows = await app.database.select<{ revision: number | string }>(
      'SELECT revision FROM revoked_tokens ORDER BY revision',
    );
    const [head] = await app.database.select<{ revision: number | string }>(
      'SELECT revision FROM revocation_head',
    );
    expect(rows.map(({ revision }) => Number(revision))).toEqual(rows.map((_, i) => i + 1));
    expect(Number(head?.revision)).toBe(rows.length);
  });
});

describe('a replica that cannot keep the bound', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());
  afterEach(async () => {
    await app.nest.get(RevocationFeed).start();
  });

  it('fails closed, says when to try again, and comes back by itself', async () => {
    const { token } = await app.createUser();
    const ended = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: ended.token });
    await app.nest.get(RevocationFeed).stop();
    app.clock.advance(app.settings.revocationMaxStaleness + 1);
    const refused = await app.api('GET', '/v1/auth/me', { token });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'revocation_state_stale' });
    expect(refused.headers.get('retry-after')).toBe('1');
    // What is known to be revoked is refused all the same.
    expect((await app.api('GET', '/v1/auth/me', { token: ended.token })).status).toBe(401);
    expect((await app.api('GET', '/health/ready')).status).toBe(503);
    expect((await app.api('GET', '/.well-known/jwks.json')).status).toBe(200);
    await app.nest.get(RevocationFeed).start();
    expect((await app.api('GET', '/v1/auth/me', { token })).status).toBe(200);
    expect((await app.api('GET', '/health/ready')).status).toBe(200);
  });

  it('goes on with what it knows only when it is told to', async () => {
    const open = await startTestApp({ settings: { REVOCATION_FAIL_OPEN: 'on' } });
    try {
      const { token } = await open.createUser();
      await open.nest.get(RevocationFeed).stop();
      open.clock.advance(open.settings.revocationMaxStaleness + 1);
      expect((await open.api('GET', '/v1/auth/me', { token })).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  it('serves nothing when the history went back, however far the new one gets, failing open or not', async () => {
    const restored = await startTestApp({ settings: { REVOCATION_FAIL_OPEN: 'on' } });
    try {
      const { token } = await restored.createUser();
      const feed = restored.nest.get(RevocationFeed);
      await restored.database.execute('UPDATE revocation_head SET revision = 10');
      await feed.poll();
      await restored.database.execute('UPDATE revocation_head SET revision = 9');
      await expect(feed.poll()).rejects.toThrow(HistoryLost);
      await restored.database.execute('UPDATE revocation_head SET revision = 11');
      await expect(feed.poll()).rejects.toThrow(HistoryLost);
      for (const path of ['/v1/auth/me', '/health/ready', '/.well-known/jwks.json']) {
        expect((await restored.api('GET', path, { token })).status).toBe(503);
      }
    } finally {
      await restored.close();
    }
  });

  it('holds at once where it is acknowledged, also when another replica had done it a moment before', async () => {
    const own = await startTestApp({
      settings: { REVOCATION_POLL_INTERVAL: '20s', REVOCATION_MAX_STALENESS: '60s' },
    });
    try {
      const other = await own.startReplica();
      const admin = await own.admin();
      const acts: Record<string, (at: TestApp, user: TestUser) => Promise<number>> = {
        'signing out': async (at, { token }) =>
          (await at.api('POST', '/v1/auth/logout', { token })).status,
        'revoking the refresh token': async (at, { token, refreshToken }) =>
          (await at.api('POST', '/oauth/revoke', { token, form: { token: refreshToken } })).status,
        disabling: async (at, { id }) =>
          (await at.api('POST', `/v1/users/${id}/disable`, { token: admin.token })).status,
        'taking roles': async (at, { id }) =>
          (
            await at.api('PUT', `/v1/users/${id}/roles`, {
              token: admin.token,
              body: { roles: [] },
            })
          ).status,
        'taking claims': async (at, { id }) =>
          (await at.api('PUT', `/v1/users/${id}/claims`, { token: admin.token, body: {} })).status,
        'changing the address': async (at, { id }) => {
          const body = { email: `${id}@moved.example.com` };
          return (await at.api('PATCH', `/v1/users/${id}`, { token: admin.token, body })).status;
        },
        'taking permissions of a role': async (at) => {
          const body = { permissions: ['users:read'] };
          return (await at.api('PATCH', '/v1/roles/wide', { token: admin.token, body })).status;
        },
      };
      const wide = { name: 'wide', permissions: ['users:read', 'roles:read'] };
      expect((await own.api('POST', '/v1/roles', { token: admin.token, body: wide })).status).toBe(
        201,
      );
      for (const [name, act] of Object.entries(acts)) {
        const user = await own.createUser({ roles: ['wide'] });
        const claims = `/v1/users/${user.id}/claims`;
        const put = { token: admin.token, body: { team: 'blue' } };
        expect((await own.api('PUT', claims, put)).status).toBe(200);
        const me = async () =>
          (await other.api('GET', '/v1/auth/me', { token: user.token })).status;
        expect(await act(own, user)).toBeLessThan(300);
        if (dialect === 'mariadb') {
          // The answer was lost, say, and the client asks another replica, which has not polled since.
          expect([name, await me()]).toEqual([name, 200]);
          expect(await act(other, user)).toBeLessThan(300);
        }
        expect([name, await me()]).toEqual([name, 401]);
      }
    } finally {
      await own.close();
    }
  });

  if (dialect === 'sqlite') {
    it('answers 503 and never 2xx when a revocation cannot be stored', async () => {
      const { token } = await app.createUser();
      await app.database.select('PRAGMA query_only = 1');
      const refused = await app.api('POST', '/v1/auth/logout', { token });
      await app.database.select('PRAGMA query_only = 0');
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({ code: 'service_unavailable' });
      // Nothing was half done: the session goes on, and the next try ends it.
      expect((await app.api('GET', '/v1/auth/me', { token })).status).toBe(200);
      expect((await app.api('POST', '/v1/auth/logout', { token })).status).toBe(204);
      expect((await app.api('GET', '/v1/auth/me', { token })).status).toBe(401);
    });
  }
});
