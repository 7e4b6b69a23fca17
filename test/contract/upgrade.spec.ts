import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { ADMIN_ROLE } from '../../src/access/permissions.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { AuditAndThrottling1795392000005 } from '../../src/schema/migrations/1795392000005-audit-and-throttling.js';
import { migrations } from '../../src/schema/migrations/index.js';
import { claimsOf, compact, ecdsa } from '../attacks/forge.js';
import { startTestApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { createDatabase, dialect } from '../support/databases.js';
import type { TestDatabase } from '../support/databases.js';
import { Release } from './releases/release.js';
import type { Row } from './releases/release.js';

const MINUTE = 60_000;
const ADA = ['ada', 'four quiet otters under a bridge'] as const;
const GRACE = ['grace@example.com', 'nine green bottles on the shelf'] as const;
/** Tables that came later, and TypeORM's own. */
const SINCE = [
  'migrations',
  'client_assertions',
  'principal_claims',
  'service_accounts',
  'service_credentials',
  'status_index_head',
  'revocation_readers',
  'revocation_readings',
];

describe(`a database of 0.1.0 on ${dialect}, after the upgrade`, () => {
  const release = new Release('0.1.0', AuditAndThrottling1795392000005.name);
  const { live, signedOut, revoked, keyEncryptionKey, takenAt } = release.outside;
  const oldKid = release.rows.find(({ table }) => table === 'signing_keys')?.row['kid'] ?? '';
  let database: TestDatabase;
  let app: TestApp;
  let stored: ReadonlyMap<string, readonly Row[]>;

  beforeAll(async () => {
    database = await createDatabase();
    await release.restore(database.url);
    app = await startTestApp({ database, settings: { KEY_ENCRYPTION_KEY: keyEncryptionKey } });
    // Before anything below writes.
    stored = new Map(
      await Promise.all(
        release.tables.map(
          async (table) =>
            [table, await app.database.select<Row>(`SELECT * FROM ${table}`)] as const,
        ),
      ),
    );
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** An access token of then that has not expired: the same claims later, signed by the same key. */
  const later = (token: string) => {
    const { active } = app.nest.get(KeyRing);
    expect(active.kid).toBe(oldKid);
    const seconds = Math.floor(release.age / 1000);
    const { iat, nbf, exp, auth_time, ...rest } = claimsOf(token);
    const times = Object.entries({ iat, nbf, exp, auth_time });
    const moved = Object.fromEntries(times.map(([name, time]) => [name, Number(time) + seconds]));
    const header = { alg: 'ES256', typ: 'at+jwt', kid: active.kid };
    return compact(header, { ...rest, ...moved }, ecdsa(active.privateKey));
  };
  const me = async (token: string) => (await app.api('GET', '/v1/auth/me', { token })).status;
  const refresh = (refreshToken: string) =>
    app.api('POST', '/v1/auth/refresh', { body: { refresh_token: refreshToken } });
  const keyStates = async () => {
    const token = (await app.login(...ADA)).access_token;
    const { body } = await app.api('GET', '/v1/keys', { token });
    const { items } = body as { items: { kid: string; state: string }[] };
    return new Map(items.map(({ kid, state }) => [kid, state]));
  };

  it('has every row in it that was there, of every table of then', async () => {
    const tables = await app.database.select<{ name: string }>(
      dialect === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
        : `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
    );
    const older = tables.map(({ name }) => name).filter((name) => !SINCE.includes(name));
    expect(older.sort()).toEqual([...release.tables].sort());
    const text = (row: Row, columns: readonly string[]) =>
      JSON.stringify(columns.map((name) => row[name]).map((value) => value && String(value)));
    for (const { table, row } of release.rows) {
      // Administrators hold the permissions that came since.
      const isAdmin = table === 'roles' && row['name'] === ADMIN_ROLE;
      const columns = Object.keys(row).filter((name) => !(isAdmin && name === 'permissions'));
      const now = stored.get(table)?.map((found) => text(found, columns));
      expect(now).toContain(text(row, columns));
    }
  });

  it('has run the migrations since', async () => {
    const [row] = await app.database.select<{ n: number }>('SELECT COUNT(*) AS n FROM migrations');
    expect(Number(row?.n)).toBe(migrations.length);
  });

  it('signs on with the key of then, which verifies what it signed', async () => {
    const { body } = await app.api('GET', '/.well-known/jwks.json');
    const verified = await jwtVerify(
      live.accessToken,
      createLocalJWKSet(body as JSONWebKeySet), // RFC 7517, as documented
      { currentDate: new Date(takenAt), issuer: app.settings.issuer, typ: 'at+jwt' },
    );
    expect(verified.protectedHeader.kid).toBe(oldKid);
    const states = await keyStates();
    expect(states.get(String(oldKid))).toBe('active');
    expect([...states.values()].sort()).toEqual(['active', 'next']);
  });

  it('takes the tokens of then, and refuses those that were revoked or signed out', async () => {
    expect(await me(later(live.accessToken))).toBe(200);
    expect(await me(later(signedOut.accessToken))).toBe(401);
    expect(await me(later(revoked.accessToken))).toBe(401);
  });

  it('lets sessions of then go on, and no ended one', async () => {
    const answer = await refresh(live.refreshToken);
    expect(answer.status).toBe(200);
    expect(await me((answer.body as { access_token: string }).access_token)).toBe(200);
    expect((await refresh(revoked.refreshToken)).status).toBe(200);
    expect(await refresh(signedOut.refreshToken)).toMatchObject({
      status: 401,
      body: { code: 'session_ended' },
    });
  });

  it('lets people of then sign in and do what they could, and set-up stays closed', async () => {
    const { access_token: token, scope } = await app.login(...GRACE);
    expect(scope.split(' ').sort()).toEqual(['resources:read', 'resources:write']);
    const { body } = await app.api('GET', '/v1/resources', { token });
    expect(body).toMatchObject({
      items: [
        {
          identifier: 'https://billing.example.com',
          labels: { team: 'payments', tier: '1' },
          tokenTtl: null,
          encryptionKey: null,
          claims: null,
        },
      ],
    });
    await expect(app.setup()).rejects.toThrow('Expected 201');
  });

  it('offers what came since: a token for the resource of then, by its grants', async () => {
    const { access_token: subject_token } = await app.login(...GRACE);
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: 'https://billing.example.com',
    };
    const answer = await fetch(`${app.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    expect(await answer.json()).toMatchObject({ scope: 'read refund' });
    const { access_token: token } = await app.login(...ADA);
    const service = await app.api('POST', '/v1/service-accounts', { token, body: { name: 'new' } });
    expect(service.status).toBe(201);
  });

  it('retires the key of then at the next rotation, and takes its tokens until they end', async () => {
    const token = later(live.accessToken);
    app.clock.advance(6 * MINUTE); // the next key is old enough to sign
    const rotated = await app.api('POST', '/v1/keys/rotate', {
      token: (await app.login(...ADA)).access_token,
    });
    expect(rotated.status).toBe(200);
    expect((await keyStates()).get(String(oldKid))).toBe('retired');
    expect(await me(token)).toBe(200);
  });
});
