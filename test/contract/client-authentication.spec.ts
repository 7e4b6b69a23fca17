import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials } from '../../src/access/access.errors.js';
import { Reaper } from '../../src/platform/database/reaper.js';
import { ExpiryClock } from '../../src/platform/expiry-clock.js';
import { createLogger } from '../../src/platform/logger.js';
import type { AuthenticatedClient } from '../../src/service-accounts/client-authentication/client-authenticator.js';
import { InvalidClient } from '../../src/service-accounts/service-accounts.errors.js';
import { TokenIssuer } from '../../src/tokens/token-issuer.js';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import {
  ASSERTION_TYPE,
  assertionOf,
  authenticate,
  basic,
  newClientKey,
} from '../support/clients.js';
import type { ClientKey } from '../support/clients.js';
import { dialect } from '../support/databases.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const MINUTE = 60_000;

let app: TestApp;
let replica: TestApp;
let admin: TestUser;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  replica = await app.startReplica();
  admin = await app.admin();
  const body = { name: 'sa-reader', permissions: ['service-accounts:read'] };
  await app.api('POST', '/v1/roles', { token: admin.token, body });
});
afterAll(() => app.close());

async function post(path: string, body?: object): Promise<unknown> {
  const { token } = await app.admin();
  const answer = await app.api('POST', `/v1/service-accounts${path}`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}

async function remove(path: string): Promise<void> {
  const { token } = await app.admin();
  expect((await app.api('DELETE', `/v1/service-accounts${path}`, { token })).status).toBe(204);
}

interface Account {
  readonly id: string;
}
interface Secret {
  readonly id: string;
  readonly secret: string;
}

const makeAccount = (roles: readonly string[] = []) =>
  post('', { name: `client-${++count}`, roles }) as Promise<Account>;
const makeSecret = (account: Account, body: object = {}) =>
  post(`/${account.id}/credentials`, { type: 'secret', ...body }) as Promise<Secret>;
const makeKeyPair = ({ id }: Account, { jwk }: ClientKey, body: object = {}) =>
  post(`/${id}/credentials`, {
    type: 'public-key',
    jwks: { keys: [jwk] },
    ...body,
  }) as Promise<Account>;

const withSecret = (id: string, secret: string, at = app) =>
  authenticate(at, { authorization: basic(id, secret) });
const withAssertion = (assertion: string, at = app) =>
  authenticate(at, { client_assertion: assertion, client_assertion_type: ASSERTION_TYPE });

/** What the caller sees of a refusal. */
async function refusalOf(attempt: Promise<AuthenticatedClient>) {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidClient)) throw new Error('was not refused', { cause: error });
  const { kind, detail, errors, headers, message } = error;
  return { kind, detail, errors, headers, message };
}

/** Why the last attempt was refused, as the audit log has it. */
async function lastFailure() {
  const { token } = await app.admin();
  const { body } = await app.api('GET', '/v1/audit?action=client.authentication_failed&limit=1', {
    token,
  });
  const [event] = (
    body as {
      items: { targetId: string | null; detail: { reason: string; method: string | null } }[];
    }
  ).items;
  return event;
}

const lastUse = async ({ id }: Account, credentialId: string) => {
  const { token } = await app.admin();
  const { body } = await app.api('GET', `/v1/service-accounts/${id}/credentials`, { token });
  const { items } = body as { items: { id: string; lastUsedAt: string | null }[] };
  return items.find((item) => item.id === credentialId)?.lastUsedAt;
};

describe(`authenticating a client on ${dialect}`, () => {
  it('says who it is, what it proved it with, and how it stands', async () => {
    const account = await makeAccount(['sa-reader']);
    const expiresAt = app.clock.now() + 60 * MINUTE;
    const { id, secret } = await makeSecret(account, {
      expiresAt: new Date(expiresAt).toISOString(),
    });
    const before = app.clock.now();
    const client = await withSecret(account.id, secret);
    expect(client).toEqual({
      id: account.id,
      credentialId: id,
      credentialExpiresAt: expiresAt,
      statusIndex: expect.any(Number),
      method: 'client_secret_basic',
      standing: expect.objectContaining({
        type: 'service',
        status: 'active',
        tokenVersion: 1,
        roles: ['sa-reader'],
        permissions: ['service-accounts:read'],
      }),
      asOf: expect.any(Number),
    });
    expect(client.asOf).toBeGreaterThanOrEqual(before);
    const posted = await authenticate(app, { client_id: account.id, client_secret: secret });
    expect(posted).toMatchObject({ id: account.id, method: 'client_secret_post' });
    const key = newClientKey();
    const pair = await makeKeyPair(account, key);
    const signed = await withAssertion(await assertionOf(app, account.id, key));
    expect(signed).toMatchObject({
      id: account.id,
      credentialId: pair.id,
      credentialExpiresAt: undefined,
      method: 'private_key_jwt',
    });
  });

  it('changes a secret, or a key pair, without a pause', async () => {
    const account = await makeAccount();
    const old = await makeSecret(account);
    const next = await makeSecret(account);
    for (const { id, secret } of [old, next]) {
      expect(await withSecret(account.id, secret)).toMatchObject({ credentialId: id });
    }
    await remove(`/${account.id}/credentials/${old.id}`);
    await refusalOf(withSecret(account.id, old.secret));
    await refusalOf(withSecret(account.id, old.secret, replica));
    expect(await withSecret(account.id, next.secret, replica)).toMatchObject({
      credentialId: next.id,
    });

    const [oldKey, nextKey] = [newClientKey(), newClientKey()];
    const oldPair = await makeKeyPair(account, oldKey);
    await makeKeyPair(account, nextKey);
    for (const key of [oldKey, nextKey])
      await withAssertion(await assertionOf(app, account.id, key));
    await remove(`/${account.id}/credentials/${oldPair.id}`);
    await refusalOf(withAssertion(await assertionOf(app, account.id, oldKey)));
    await withAssertion(await assertionOf(app, account.id, nextKey));
  });

  it('refuses everything that is wrong in one way, and knows why', async () => {
    const account = await makeAccount();
    const { secret, id: credentialId } = await makeSecret(account);
    const other = await makeAccount();
    const foreign = await makeSecret(other);
    const ended = await makeSecret(account, {
      expiresAt: new Date(app.clock.now() + MINUTE).toISOString(),
    });
    const deleted = await makeSecret(account);
    await remove(`/${account.id}/credentials/${deleted.id}`);
    const disabled = await makeAccount();
    const sleeping = await makeSecret(disabled);
    await post(`/${disabled.id}/disable`);
    const key = newClientKey();
    await makeKeyPair(disabled, key);
    const gone = await makeAccount();
    const lost = await makeSecret(gone);
    await remove(`/${gone.id}`);
    app.clock.advance(MINUTE);

    const attempts: [string, () => Promise<AuthenticatedClient>, string, string | null][] = [
      ['an unknown client', () => withSecret(NOBODY, secret), 'unknown_credential', NOBODY],
      [
        'a client that cannot be',
        () => withSecret("' OR 1=1 --", secret),
        'unknown_credential',
        null,
      ],
      [
        'a wrong secret',
        () => withSecret(account.id, `${secret.slice(0, -1)}_`),
        'unknown_credential',
        account.id,
      ],
      [
        'the secret of another',
        () => withSecret(account.id, foreign.secret),
        'unknown_credential',
        account.id,
      ],
      [
        'a secret in other letters',
        () => withSecret(account.id, secret.toLowerCase()),
        'unknown_credential',
        account.id,
      ],
      [
        'a secret with a blank',
        () => withSecret(account.id, `${secret} `),
        'unknown_credential',
        account.id,
      ],
      [
        'an id in capitals',
        () => withSecret(account.id.toUpperCase(), secret),
        'unknown_credential',
        account.id.toUpperCase(),
      ],
      [
        'the id of the credential',
        () => withSecret(credentialId, secret),
        'unknown_credential',
        credentialId,
      ],
      [
        'the hash of the secret',
        async () => withSecret(account.id, await storedHash(credentialId)),
        'unknown_credential',
        account.id,
      ],
      ['a person', () => withSecret(admin.id, admin.password), 'unknown_credential', admin.id],
      [
        'a credential past its end',
        () => withSecret(account.id, ended.secret),
        'credential_ended',
        account.id,
      ],
      [
        'a credential that was removed',
        () => withSecret(account.id, deleted.secret),
        'unknown_credential',
        account.id,
      ],
      [
        'a disabled account',
        () => withSecret(disabled.id, sleeping.secret),
        'account_not_active',
        disabled.id,
      ],
      [
        'a disabled account with its key',
        async () => withAssertion(await assertionOf(app, disabled.id, key)),
        'account_not_active',
        disabled.id,
      ],
      ['a deleted account', () => withSecret(gone.id, lost.secret), 'unknown_credential', gone.id],
      [
        'no credentials',
        () => authenticate(app, { client_id: account.id }),
        'no_credentials',
        null,
      ],
      [
        'another scheme',
        () => authenticate(app, { authorization: `Bearer ${admin.token}` }),
        'malformed_credentials',
        null,
      ],
      ['garbage', () => withAssertion('a.b.c'), 'malformed_credentials', null],
      [
        'the assertion of nobody',
        async () => withAssertion(await assertionOf(app, NOBODY, key)),
        'wrong_signature',
        NOBODY,
      ],
      [
        'a key of another',
        async () => withAssertion(await assertionOf(app, account.id, key)),
        'wrong_signature',
        account.id,
      ],
    ];
    const expected = await refusalOf(withSecret(NOBODY, 'wrong'));
    expect(expected.headers).toEqual({ 'WWW-Authenticate': 'Basic realm="signet"' });
    expect(expected.kind).toMatchObject({ code: 'invalid_client', status: 401 });
    for (const [name, attempt, reason, targetId] of attempts) {
      expect([name, await refusalOf(attempt())]).toEqual([name, expected]);
      expect([name, await lastFailure()]).toMatchObject([name, { targetId, detail: { reason } }]);
    }
    expect(await withSecret(account.id, secret)).toMatchObject({ credentialId });
    await post(`/${disabled.id}/enable`);
    expect(await withSecret(disabled.id, sleeping.secret)).toMatchObject({ id: disabled.id });
  });

  it('refuses two ways at once, whatever they are worth', async () => {
    const account = await makeAccount();
    const { secret } = await makeSecret(account);
    const both = authenticate(app, {
      authorization: basic(account.id, secret),
      client_id: account.id,
      client_secret: secret,
    });
    await expect(both).rejects.toBeInstanceOf(AmbiguousCredentials);
  });

  it('ends a credential with its end, to the millisecond', async () => {
    const account = await makeAccount();
    const end = app.clock.now() + 10 * MINUTE;
    const { secret } = await makeSecret(account, { expiresAt: new Date(end).toISOString() });
    const key = newClientKey();
    await makeKeyPair(account, key, { expiresAt: new Date(end).toISOString() });
    app.clock.advance(end - app.clock.now() - 30_000);
    await withSecret(account.id, secret);
    const assertion = await assertionOf(app, account.id, key);
    await withAssertion(await assertionOf(app, account.id, key));
    app.clock.advance(end - app.clock.now());
    await refusalOf(withSecret(account.id, secret));
    await refusalOf(withAssertion(assertion));
  });

  it('refuses from the next request on what was taken away meanwhile', async () => {
    const account = await makeAccount(['sa-reader']);
    const { id: credentialId, secret } = await makeSecret(account);
    const issue = ({ standing, asOf }: AuthenticatedClient) =>
      app.nest.get(TokenIssuer).issue({
        subject: account.id,
        clientId: account.id,
        sessionId: credentialId,
        roles: standing.roles,
        scope: standing.permissions,
        tokenVersion: standing.tokenVersion,
        asOf,
      }).token;
    const statusWith = async (token: string) =>
      (await app.api('GET', '/v1/service-accounts', { token })).status;
    // Authenticated before, issued after: the token is refused all the same.
    const disabled = await withSecret(account.id, secret);
    await post(`/${account.id}/disable`);
    expect(await statusWith(issue(disabled))).toBe(401);
    await post(`/${account.id}/enable`);
    const removed = await withSecret(account.id, secret);
    expect(await statusWith(issue(removed))).toBe(200);
    await remove(`/${account.id}/credentials/${credentialId}`);
    expect(await statusWith(issue(removed))).toBe(401);
  });

  it('notes a use to the minute, with one write a minute', async () => {
    const account = await makeAccount();
    const { id, secret } = await makeSecret(account);
    expect(await lastUse(account, id)).toBeNull();
    const first = (await withSecret(account.id, secret)).asOf;
    expect(await lastUse(account, id)).toBe(new Date(first).toISOString());
    app.clock.advance(MINUTE / 2);
    await withSecret(account.id, secret);
    expect(await lastUse(account, id)).toBe(new Date(first).toISOString());
    app.clock.advance(MINUTE);
    const second = (await withSecret(account.id, secret)).asOf;
    expect(await lastUse(account, id)).toBe(new Date(second).toISOString());
    await refusalOf(withSecret(account.id, `${secret}x`));
    expect(await lastUse(account, id)).toBe(new Date(second).toISOString());
  });
});

describe(`a client assertion on ${dialect}`, () => {
  let account: Account;
  let key: ClientKey;
  beforeAll(async () => {
    account = await makeAccount();
    key = newClientKey();
    await makeKeyPair(account, key);
  });

  it('is taken once, of twenty at once over two replicas too', async () => {
    const assertion = await assertionOf(app, account.id, key);
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => withAssertion(assertion, i % 2 === 0 ? app : replica)),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(InvalidClient);
    }
    await refusalOf(withAssertion(assertion));
    expect(await lastFailure()).toMatchObject({ detail: { reason: 'replayed_assertion' } });
  });

  it('is known by its jti, not by its text', async () => {
    const jti = 'the-same';
    await withAssertion(await assertionOf(app, account.id, key, { jti }));
    await refusalOf(withAssertion(await assertionOf(app, account.id, key, { jti, other: 1 })));
    // Byte for byte, and each client has its own.
    await withAssertion(await assertionOf(app, account.id, key, { jti: 'The-Same' }));
    await withAssertion(await assertionOf(app, account.id, key, { jti: 'the-same ' }));
    const other = await makeAccount();
    await makeKeyPair(other, key);
    await withAssertion(await assertionOf(app, other.id, key, { jti }));
  });

  it('does not use up its jti when it is refused', async () => {
    const jti = 'not-yet';
    await refusalOf(
      withAssertion(await assertionOf(app, account.id, newClientKey(key.kid), { jti })),
    );
    await refusalOf(
      withAssertion(await assertionOf(app, account.id, key, { jti, aud: 'https://other.test' })),
    );
    await withAssertion(await assertionOf(app, account.id, key, { jti }));
  });

  it('is remembered until nobody would take it, and forgotten then', async () => {
    const assertion = await assertionOf(app, account.id, key, {
      exp: Math.floor(app.clock.now() / 1000) + 300,
    });
    await withAssertion(assertion);
    const table = { table: 'client_assertions', key: 'id', column: 'expires_at', keepFor: 0 };
    const rows = async () => {
      const [row] = await app.database.select<{ n: number }>(
        'SELECT COUNT(*) AS n FROM client_assertions',
      );
      return Number(row?.n);
    };
    const reap = (ago: number) =>
      new Reaper(
        app.database,
        app.nest.get(ExpiryClock),
        createLogger('silent'),
        [{ ...table, keepFor: -ago }],
        MINUTE,
      ).reap();
    // At the very end, with all leeway: still there to refuse it.
    await reap(305_000);
    expect(await rows()).toBe(1);
    await refusalOf(withAssertion(assertion));
    await reap(10 * MINUTE);
    expect(await rows()).toBe(0);
  });

  it('is not made by whoever knows the public key, or by nobody at all', async () => {
    const now = Math.floor(app.clock.now() / 1000);
    const claims = {
      iss: account.id,
      sub: account.id,
      aud: app.settings.issuer,
      exp: now + 60,
      jti: 'x',
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = (alg: string) => `${part({ alg, kid: key.kid })}.${part(claims)}`;
    const mac = (alg: string) =>
      createHmac('sha256', JSON.stringify(key.jwk)).update(unsigned(alg)).digest('base64url');
    for (const text of [
      `${unsigned('none')}.`,
      `${unsigned('none')}.c2ln`,
      `${unsigned('HS256')}.${mac('HS256')}`,
      `${unsigned('ES256')}.${mac('ES256')}`,
      `${unsigned('ES256')}.${Buffer.alloc(64).toString('base64url')}`,
    ]) {
      await refusalOf(withAssertion(text));
    }
  });

  it.each([
    ['for somebody else', { aud: 'https://other.example.com' }],
    ['for us and somebody else', { aud: ['http://signet.test', 'https://other.example.com'] }],
    ['that lives too long', { exp: 10_000_000_000 }],
    ['of another subject', { sub: NOBODY }],
    ['without a jti', { jti: undefined }],
  ])('is refused %s', async (_, claims) => {
    await refusalOf(withAssertion(await assertionOf(app, account.id, key, claims)));
  });
});

describe(`the secrets of clients on ${dialect}`, () => {
  it('are in no log, no table and no answer', async () => {
    const account = await makeAccount();
    const { id, secret } = await makeSecret(account, { label: 'canary' });
    const key = newClientKey();
    await makeKeyPair(account, key);
    const assertion = await assertionOf(app, account.id, key);
    await withSecret(account.id, secret);
    await authenticate(app, { client_id: account.id, client_secret: secret });
    await withAssertion(assertion);
    const wrong = 'sgs_canary-that-is-wrong';
    await refusalOf(withSecret(account.id, wrong));
    await refusalOf(withSecret(wrong, wrong));
    await refusalOf(authenticate(app, { client_id: wrong, client_secret: wrong }));
    await refusalOf(withAssertion(assertion));
    const { token } = await app.admin();
    const list = await app.api('GET', `/v1/service-accounts/${account.id}/credentials`, { token });
    const audit = await app.api('GET', '/v1/audit?limit=200', { token });
    const everything = [
      ...app.logs,
      ...replica.logs,
      await dump(),
      JSON.stringify([list.body, audit.body]),
    ].join('\n');
    for (const canary of [secret, secret.slice(4), wrong, assertion]) {
      expect(everything).not.toContain(canary);
    }
    expect(everything).toContain(await storedHash(id)); // the dump looks where it should
    expect(JSON.stringify([list.body, audit.body, ...app.logs])).not.toContain(
      await storedHash(id),
    );
  });
});

async function storedHash(credentialId: string): Promise<string> {
  const [row] = await app.database.select<{ hash: string }>(
    'SELECT secret_hash AS hash FROM service_credentials WHERE id = ?',
    [credentialId],
  );
  if (row === undefined) throw new Error('There is no such credential');
  return row.hash;
}

/** Every row of every table. */
async function dump(): Promise<string> {
  const tables = app.database.dataSource.entityMetadatas.map(({ tableName }) => tableName);
  const contents = [];
  for (const table of tables)
    contents.push(await app.database.select<object>(`SELECT * FROM ${table}`));
  return JSON.stringify(contents);
}
