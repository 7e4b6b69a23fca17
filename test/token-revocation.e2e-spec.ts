import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactDecrypt } from 'jose';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { Forge, reencodings } from './attacks/forge.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { dialect } from './support/databases.js';
import type { Answer } from './support/http.js';
import { OAuth, basic, claimsOf } from './support/oauth.js';
import type { TestResource, TestService } from './support/oauth.js';

let app: TestApp;
let oauth: OAuth;
let resource: TestResource;
let reader: TestService;
beforeAll(async () => {
  app = await startTestApp();
  oauth = new OAuth(app);
  resource = await oauth.resource();
  reader = await oauth.service(['tokens:introspect']);
});
afterAll(() => app.close());

const status = async (token: string) => (await oauth.me(token)).status;
const revokeAs = (bearer: string, token: string, form: Record<string, string> = {}) =>
  oauth.post('revoke', { token, ...form }, { token: bearer });
const refresh = (refresh_token: string) =>
  app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
const rows = async () => {
  const [row] = await app.database.select<{ n: number | string }>(
    'SELECT COUNT(*) AS n FROM revoked_tokens',
  );
  return Number(row?.n);
};

/** RFC 7009 2.2: a success has no body. */
function expectDone({ status: code, body }: Answer): void {
  expect([code, body]).toEqual([200, undefined]);
}

describe('revocation (RFC 7009) of what only its resource can read', () => {
  it('is refused, since nothing is revoked by it; its owner revokes what is inside', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encryptionKey = { ...publicKey.export({ format: 'jwk' }), alg: 'ECDH-ES+A256KW' };
    const owner = await app.createUser({ roles: ['editor'] });
    const { identifier, id } = await oauth.resource({ ownerId: owner.id });
    const body = { encryptionKey };
    const path = `/v1/resources/${id}`;
    const set = await app.api('PATCH', path, { token: owner.token, body });
    expect(set.status).toBe(200);
    const jwe = await oauth.exchange(owner.token, { resource: identifier });
    const { access_token: token } = jwe.body as { access_token: string };
    expect(token.split('.')).toHaveLength(5);
    const answer = await revokeAs(owner.token, token);
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ error: 'unsupported_token_type' }),
    ]);
    const user = await app.createUser();
    await oauth.grant({ id, identifier }, 'user', user.id, ['read']);
    const theirs = await oauth.exchange(user.token, { resource: identifier });
    const { plaintext } = await compactDecrypt(
      (theirs.body as { access_token: string }).access_token,
      privateKey,
    );
    const inside = new TextDecoder().decode(plaintext);
    // Neither is it the token of whoever owns the resource, nor was it issued to them.
    expectDone(await revokeAs((await app.createUser()).token, inside));
    expect(await oauth.isActive(reader, inside)).toBe(true);
    expectDone(await revokeAs(owner.token, inside));
    expect(await oauth.isActive(reader, inside)).toBe(false);
    expect(await status(user.token)).toBe(200);
  });
});

describe('revocation (RFC 7009) by its owner', () => {
  it('ends one access token, and leaves the session and its other tokens', async () => {
    const user = await app.createUser();
    const sibling = (await refresh(user.refreshToken)).body as {
      access_token: string;
      refresh_token: string;
    };
    expectDone(await revokeAs(sibling.access_token, user.token));
    expect(await status(user.token)).toBe(401);
    expect(await oauth.isActive(reader, user.token)).toBe(false);
    expect(await status(sibling.access_token)).toBe(200);
    expect((await refresh(sibling.refresh_token)).status).toBe(200);
  });

  it('ends the very token that it is asked with', async () => {
    const user = await app.createUser();
    expectDone(await revokeAs(user.token, user.token));
    expect(await status(user.token)).toBe(401);
    expect((await revokeAs(user.token, user.token)).status).toBe(401);
  });

  it('ends with a refresh token the session and all of its tokens (REV-04)', async () => {
    const user = await app.createUser();
    await oauth.grant(resource, 'user', user.id, ['read']);
    const derived = await oauth.exchanged(user, resource);
    const other = await app.login(user.username, user.password);
    expectDone(await revokeAs(other.access_token, user.refreshToken));
    expect(await status(user.token)).toBe(401);
    expect(await oauth.isActive(reader, derived)).toBe(false);
    expect((await refresh(user.refreshToken)).body).toMatchObject({ code: 'session_ended' });
    expect(await status(other.access_token)).toBe(200);
  });

  it('finds the session by a spent refresh token, too', async () => {
    const user = await app.createUser();
    const next = (await refresh(user.refreshToken)).body as { access_token: string };
    expectDone(await revokeAs(next.access_token, user.refreshToken));
    expect(await status(next.access_token)).toBe(401);
  });

  it('takes the hint for no more than that (REV-03)', async () => {
    const user = await app.createUser();
    const other = await app.login(user.username, user.password);
    expectDone(
      await revokeAs(other.access_token, user.token, { token_type_hint: 'refresh_token' }),
    );
    expect(await status(user.token)).toBe(401);
    const hint = { token_type_hint: 'access_token' };
    expectDone(await revokeAs(other.access_token, user.refreshToken, hint));
    expect((await refresh(user.refreshToken)).status).toBe(401);
  });

  it('ends a token whatever its encoding (TOK-18)', async () => {
    const user = await app.createUser();
    const other = await app.login(user.username, user.password);
    const texts = reencodings(user.token);
    expectDone(await revokeAs(other.access_token, texts[7] ?? ''));
    for (const text of [user.token, ...texts]) expect(await status(text)).toBe(401);
    const before = await rows();
    for (const text of texts) expectDone(await revokeAs(other.access_token, text));
    expect(await rows()).toBe(before);
  });

  it('ends what was exchanged, also by a service that acts', async () => {
    const user = await app.createUser();
    await oauth.grant(resource, 'user', user.id, ['read']);
    const service = await oauth.service(['tokens:exchange']);
    for (const token of [
      await oauth.exchanged(user, resource),
      await oauth.exchanged(user, resource, service),
    ]) {
      expectDone(await revokeAs(user.token, token));
      expect(await oauth.isActive(reader, token)).toBe(false);
    }
    expect(await status(user.token)).toBe(200);
  });

  it('is written down', async () => {
    const user = await app.createUser();
    const other = await app.login(user.username, user.password);
    const { jti, sid } = claimsOf(user.token);
    await revokeAs(other.access_token, user.token);
    await revokeAs(other.access_token, user.refreshToken);
    const { token } = await app.admin();
    const path = `/v1/audit?action=token.revoked&actorId=${user.id}`;
    const { items } = (await app.api('GET', path, { token })).body as { items: unknown[] };
    expect(items).toMatchObject([
      { targetType: 'session', targetId: sid },
      { targetType: 'token', targetId: jti, detail: { principalId: user.id, clientId: 'signet' } },
    ]);
    const list = await app.api('GET', `/v1/revocations?subject=${jti}`, { token });
    expect(list.body).toMatchObject({ items: [{ kind: 'token', reason: 'token_revoked' }] });
  });
});

describe('revocation by a client', () => {
  it('ends what was issued to it, in any of its ways to authenticate', async () => {
    const user = await app.createUser();
    await oauth.grant(resource, 'user', user.id, ['read']);
    const service = await oauth.service(['tokens:exchange']);
    await oauth.grant(resource, 'service', service.id, ['read']);
    for (const token of [
      await oauth.tokenOf(service),
      await oauth.tokenOf(service, { resource: resource.identifier }),
      await oauth.exchanged(user, resource, service),
    ]) {
      expect(await oauth.isActive(reader, token)).toBe(true);
      expectDone(await oauth.revoke(service, token));
      expect(await oauth.isActive(reader, token)).toBe(false);
    }
    const last = await oauth.tokenOf(service);
    const { id: client_id, secret: client_secret } = service;
    expectDone(await oauth.post('revoke', { token: last, client_id, client_secret }));
    expect(await status(last)).toBe(401);
    expect(await status(await oauth.tokenOf(service))).not.toBe(401);
  });

  it('needs a client that authenticates (REV-05)', async () => {
    const service = await oauth.service(['resources:read']);
    const token = await oauth.tokenOf(service);
    for (const answer of [
      await oauth.post('revoke', { token }),
      await oauth.post('revoke', { token, client_id: service.id }),
      await oauth.post('revoke', { token }, { headers: basic(service.id, 'x') }),
      await revokeAs('garbage', token),
    ])
      expect(answer.status).toBe(401);
    expect(await oauth.isActive(reader, token)).toBe(true);
  });
});

describe('revocation of what is not the caller’s', () => {
  let victim: TestUser;
  let machine: TestService;
  let machineToken: string;
  beforeAll(async () => {
    victim = await app.createUser({ roles: ['viewer'] });
    machine = await oauth.service(['resources:read']);
    machineToken = await oauth.tokenOf(machine);
  });

  const expectUntouched = async () => {
    expect(await status(victim.token)).toBe(200);
    expect(await oauth.isActive(reader, victim.refreshToken)).toBe(true);
    expect(await oauth.isActive(reader, machineToken)).toBe(true);
  };

  it('has no effect and looks like a success (REV-02, REV-05)', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    const service = await oauth.service(['tokens:introspect', 'tokens:exchange', 'users:write']);
    const before = await rows();
    for (const token of [victim.token, victim.refreshToken, machineToken]) {
      expectDone(await revokeAs(user.token, token));
      expectDone(await oauth.revoke(service, token));
    }
    expectDone(await revokeAs(victim.token, machineToken));
    expectDone(await oauth.revoke(machine, victim.token));
    await expectUntouched();
    expect(await rows()).toBe(before);
  });

  it('is for whoever may revoke everything', async () => {
    const user = await app.createUser();
    const { token: admin } = await app.admin();
    expectDone(await revokeAs(admin, user.token));
    expect(await status(user.token)).toBe(401);
    const warden = await oauth.service(['revocations:write']);
    const other = await app.login(user.username, user.password);
    expectDone(await oauth.revoke(warden, other.refresh_token));
    expect(await status(other.access_token)).toBe(401);
    const token = await oauth.tokenOf(machine);
    expectDone(await oauth.revoke(warden, token));
    expect(await status(token)).toBe(401);
  });

  it('has no effect for what is no token, is over, or was made by others', async () => {
    const forge = new Forge(app, victim.token);
    const now = Math.floor(app.clock.now() / 1000);
    const { token: admin } = await app.admin();
    const gone = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: gone.token });
    const before = await rows();
    const { sid } = claimsOf(victim.token);
    for (const token of [
      'garbage',
      '\0',
      'x'.repeat(30_000),
      'a.b.c.d.e',
      machine.secret,
      `${sid}.1.${'A'.repeat(43)}`,
      forge.signedBy(() => Buffer.alloc(64)),
      forge.headed({ typ: 'JWT' }),
      forge.signed({ iss: 'https://evil.example' }),
      forge.signed({ iat: now - 2000, nbf: now - 2000, exp: now - 1000 }),
      gone.token,
      gone.refreshToken,
    ])
      expectDone(await revokeAs(admin, token));
    expect(await rows()).toBe(before);
    await expectUntouched();
  });

  it('does end what this replica would not accept now, and may accept later', async () => {
    const user = await app.createUser();
    const forge = new Forge(app, user.token);
    const now = Math.floor(app.clock.now() / 1000);
    const early = forge.signed({ jti: 'early', nbf: now + 60 });
    const abroad = forge.signed({ jti: 'abroad', aud: 'https://deleted.example.com' });
    for (const token of [early, abroad]) expectDone(await revokeAs(user.token, token));
    app.clock.advance(60_000);
    expect(await status(early)).toBe(401);
    expect(await oauth.isActive(reader, abroad)).toBe(false);
    expect(await status(user.token)).toBe(200);
  });
});

describe('a revocation that is acknowledged', () => {
  it('holds on another replica within the bound, and here at once', async () => {
    const replica = await app.startReplica();
    const service = await oauth.service(['resources:read']);
    const token = await oauth.tokenOf(service);
    const there = async () => (await replica.api('GET', '/v1/resources', { token })).status;
    expect(await there()).toBe(200);
    expectDone(await oauth.revoke(service, token));
    const acknowledged = performance.now();
    expect((await app.api('GET', '/v1/resources', { token })).status).toBe(401);
    let lastAccepted = 0;
    while (performance.now() - acknowledged < app.settings.revocationMaxStaleness + 200) {
      const sent = performance.now() - acknowledged;
      if ((await there()) === 200) lastAccepted = sent;
    }
    expect(lastAccepted).toBeLessThan(app.settings.revocationMaxStaleness);
  });

  it('is one, when many ask for it at once', async () => {
    const user = await app.createUser();
    const others = await Promise.all(
      Array.from({ length: 8 }, () => app.login(user.username, user.password)),
    );
    const answers = await Promise.all(
      others.flatMap(({ access_token }) => [
        revokeAs(access_token, user.token),
        revokeAs(access_token, user.refreshToken),
      ]),
    );
    for (const answer of answers) expectDone(answer);
    expect(await status(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    for (const { access_token } of others) expect(await status(access_token)).toBe(200);
  });

  if (dialect === 'sqlite') {
    it('was stored: otherwise it is 503 and nothing happened (REV-06)', async () => {
      const user = await app.createUser();
      const other = await app.login(user.username, user.password);
      const service = await oauth.service();
      const machine = await oauth.tokenOf(service);
      for (const [token, ask] of [
        [user.token, () => revokeAs(other.access_token, user.token)],
        [user.refreshToken, () => revokeAs(other.access_token, user.refreshToken)],
        [machine, () => revokeAs(machine, machine)],
      ] as const) {
        await app.database.select('PRAGMA query_only = 1');
        const refused = await ask();
        await app.database.select('PRAGMA query_only = 0');
        expect(refused.status).toBe(503);
        expect(refused.headers.get('retry-after')).toBe('1');
        expect(refused.body).toMatchObject({ error: 'temporarily_unavailable' });
        expect(await oauth.isActive(reader, token)).toBe(true);
        expectDone(await ask());
        expect(await oauth.isActive(reader, token)).toBe(false);
      }
    });

    it('was written down: otherwise it did not happen (S-46)', async () => {
      const user = await app.createUser();
      await app.database.select(
        "CREATE TRIGGER no_audit BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END",
      );
      const refused = await oauth.post(
        'revoke',
        { token: user.token },
        { token: user.token, conform: false }, // no operation documents that something is broken
      );
      await app.database.select('DROP TRIGGER no_audit');
      expect(refused.status).toBeGreaterThanOrEqual(500);
      expect(await status(user.token)).toBe(200);
    });
  }
});

describe('revocation (RFC 7009) of a token whose key this replica has not heard of', () => {
  it('holds, or is not acknowledged', async () => {
    const seldom = await startTestApp({
      settings: { REVOCATION_POLL_INTERVAL: '20s', REVOCATION_MAX_STALENESS: '60s' },
    });
    try {
      const other = await seldom.startReplica();
      const { email, password } = await seldom.admin();
      const client = await new OAuth(seldom).service();
      // Two in a row: the key that signs then was made after the other replica's last poll.
      for (let i = 0; i < 2; i++) {
        const { access_token: token } = await seldom.login(email, password);
        const keys = (await seldom.api('GET', '/v1/keys', { token })).body as {
          readonly items: readonly { readonly kid: string; readonly state: string }[];
        };
        const active = keys.items.find(({ state }) => state === 'active')?.kid ?? '';
        const path = `/v1/keys/${active}/compromise`;
        expect((await seldom.api('POST', path, { token })).status).toBe(200);
      }
      const headers = basic(client.id, client.secret);
      const issued = await new OAuth(seldom).post(
        'token',
        { grant_type: 'client_credentials' },
        { headers },
      );
      const { access_token: token } = issued.body as { access_token: string };
      expectDone(await new OAuth(other).post('revoke', { token }, { headers }));
      for (const replica of [seldom, other]) {
        await replica.nest.get(RevocationFeed).poll();
        expect((await new OAuth(replica).me(token)).status).toBe(401);
        const { n } = await revokedTokens(replica, claimsOf(token).jti);
        expect(Number(n)).toBe(1);
      }
    } finally {
      await seldom.close();
    }
  });

  const revokedTokens = async ({ database }: TestApp, jti: string) => {
    const [row] = await database.select<{ n: number | string }>(
      'SELECT COUNT(*) AS n FROM revoked_tokens WHERE subject = ?',
      [jti],
    );
    return row ?? { n: 0 };
  };
});
