import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionsRepository } from '../src/sessions/sessions.repository.js';
import { UserPasswordsService } from '../src/users/user-passwords.service.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser, Tokens } from './support/app.js';
import { cookiesOf } from './support/cookie-jar.js';
import { ACCESS, CSRF, FakePage, REFRESH } from './support/fake-page.js';
import type { Answer } from './support/http.js';
import type { Operation } from './support/openapi.js';
import { newPerson } from './support/people.js';
import { serviceToken } from './support/services.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const CHALLENGE =
  'Bearer realm="signet", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age=600';
const NEW_PASSWORD = 'six brown hares in the barley';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

type Session = Pick<Tokens, 'access_token' | 'refresh_token'>;

const sessionOf = ({ token, refreshToken }: TestUser): Session => ({
  access_token: token,
  refresh_token: refreshToken,
});

async function refresh({ refresh_token }: Session, at = app): Promise<Tokens> {
  const answer = await at.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
}

function reauthenticate({ access_token: token }: Session, password: string, at = app) {
  return at.api('POST', '/v1/auth/reauthenticate', { token, body: { password } });
}

const me = (token: string, at = app) => at.api('GET', '/v1/auth/me', { token });
const accessTokenOf = ({ body }: Answer) => (body as Tokens).access_token;

function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

const nowSeconds = (at = app) => at.clock.now() / 1000;

/** A role of their own, so that what they do with it touches no other test. */
const makeRole = (token: string, name: string, at = app) =>
  at.api('POST', '/v1/roles', { token, body: { name, permissions: [] } });

/** An administrator in a session that was opened `age` milliseconds ago, with a token of now. */
async function oldAdmin(age = DAY): Promise<TestUser & { session: Session }> {
  const user = await app.createUser({ roles: ['admin'] });
  app.clock.advance(age);
  return { ...user, session: await refresh(sessionOf(user)) };
}

function expectChallenge(answer: Answer): void {
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, CHALLENGE]);
  expect(answer.body).toMatchObject({
    code: 'insufficient_user_authentication',
    detail: expect.stringContaining('POST /v1/auth/reauthenticate') as unknown,
  });
}

async function audited(action: string, userId: string): Promise<number> {
  const rows = await app.database.select(
    'SELECT id FROM audit_events WHERE action = ? AND target_id = ?',
    [action, userId],
  );
  return rows.length;
}

describe('what asks for a fresh token', () => {
  /** Every route that says so; others add theirs. */
  const EXPECTED = [
    'DELETE /v1/roles/{name}',
    'DELETE /v1/service-accounts/{id}',
    'DELETE /v1/users/{id}',
    'PATCH /v1/roles/{name}',
    'POST /v1/keys/rotate',
    'POST /v1/keys/{kid}/compromise',
    'POST /v1/roles',
    'POST /v1/users',
    'POST /v1/users/{id}/enable',
    'POST /v1/service-accounts',
    'POST /v1/service-accounts/{id}/credentials',
    'POST /v1/service-accounts/{id}/enable',
    'PUT /v1/auth/password',
    'PUT /v1/service-accounts/{id}/claims',
    'PUT /v1/service-accounts/{id}/roles',
    'PUT /v1/users/{id}/claims',
    'PUT /v1/users/{id}/roles',
  ];

  it('is said by the documentation, and is what it says', async () => {
    const { paths } = await app.openApi();
    const marked = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations as Record<string, Operation & { 'x-signet-fresh'?: object }>)
        .filter(([, operation]) => operation['x-signet-fresh'] !== undefined)
        .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    );
    expect(marked.map(({ name }) => name)).toEqual(expect.arrayContaining(EXPECTED));
    const { session } = await oldAdmin();
    for (const { name, operation } of marked) {
      expect(operation['x-signet-fresh']).toEqual({ maxAge: 600 });
      const [method = '', path = ''] = name.split(' ');
      const answer = await app.api(method, path.replaceAll(/\{\w+\}/g, UNKNOWN), {
        token: session.access_token,
        ...(method === 'DELETE' ? {} : { body: {} }),
      });
      expectChallenge(answer);
    }
  });

  it('is refused before the session is opened ten minutes and the leeway, and not a moment earlier', async () => {
    const user = await app.createUser({ roles: ['admin'] });
    const authTime = Number(claimsOf(user.token)['auth_time']);
    const until = (authTime + 600) * 1000 + app.settings.clockLeeway;
    // A second of room: real time goes on between the jump of the clock and the request.
    app.clock.advance(until - app.clock.now() - 1000);
    const session = await refresh(sessionOf(user));
    expect((await makeRole(session.access_token, 'just-in-time')).status).toBe(201);
    app.clock.advance(1001);
    expectChallenge(await makeRole(session.access_token, 'too-late'));
  });

  it('leaves everything else to an old session, also what ends access', async () => {
    const { session } = await oldAdmin();
    const { id } = await app.createUser();
    const token = session.access_token;
    expect((await me(token)).status).toBe(200);
    expect((await app.api('GET', '/v1/users', { token })).status).toBe(200);
    for (const act of ['disable', 'revoke-tokens']) {
      expect((await app.api('POST', `/v1/users/${id}/${act}`, { token })).status).toBe(200);
    }
    expectChallenge(await app.api('POST', `/v1/users/${id}/enable`, { token }));
  });

  it('RFR-15: is another e-mail address, and no other change of a user', async () => {
    const { session, ...admin } = await oldAdmin();
    const { id, email } = await app.createUser();
    const patch = (body: object, token = session.access_token) =>
      app.api('PATCH', `/v1/users/${id}`, { token, body });
    expect((await patch({ displayName: 'Ada' })).status).toBe(200);
    expect((await patch({ email: email.toUpperCase(), displayName: 'Grace' })).status).toBe(200);
    const other = newPerson().email;
    expectChallenge(await patch({ email: other, displayName: 'Mallory' }));
    const read = await app.api('GET', `/v1/users/${id}`, { token: session.access_token });
    expect(read.body).toMatchObject({ email, displayName: 'Grace' });
    const fresh = await reauthenticate(session, admin.password);
    expect((await patch({ email: other }, accessTokenOf(fresh))).status).toBe(200);
  });

  it('is not asked of whoever may not do it anyway', async () => {
    const user = await app.createUser();
    app.clock.advance(DAY);
    const { access_token: token } = await refresh(sessionOf(user));
    const answer = await makeRole(token, 'never');
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([403, 'access_denied']);
  });

  it('takes the age that is set', async () => {
    const strict = await startTestApp({
      settings: { FRESHNESS_MAX_AGE: '30s', CLOCK_LEEWAY: '0s' },
    });
    try {
      const { token } = await strict.admin();
      expect((await makeRole(token, 'first', strict)).status).toBe(201);
      strict.clock.advance(31_000);
      const answer = await makeRole(token, 'second', strict);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/, max_age=30$/);
    } finally {
      await strict.close();
    }
  });
});

describe('a service', () => {
  it('is fresh as long as its token is young', async () => {
    const token = serviceToken(app, 60 * MINUTE);
    expect((await makeRole(token, 'by-a-service')).status).toBe(201);
    app.clock.advance(11 * MINUTE);
    expect((await app.api('GET', '/v1/roles', { token })).status).toBe(200);
    expectChallenge(await makeRole(token, 'by-a-late-service'));
    expect((await makeRole(serviceToken(app), 'by-a-new-service')).status).toBe(201);
  });

  it('has no account, no sessions and no password here', async () => {
    const token = serviceToken(app);
    for (const [method, path] of [
      ['GET', '/v1/auth/me'],
      ['PATCH', '/v1/auth/me'],
      ['PUT', '/v1/auth/password'],
      ['GET', '/v1/auth/sessions'],
      ['DELETE', `/v1/auth/sessions/${UNKNOWN}`],
      ['POST', '/v1/auth/reauthenticate'],
      ['POST', '/v1/auth/logout'],
      ['POST', '/v1/auth/logout-all'],
    ] as const) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      const answer = await app.api(method, path, { token, ...body });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.body).toMatchObject({ detail: 'only people may do this, no service accounts' });
    }
  });
});

describe('proving anew who one is', () => {
  it('steps up: the same call is refused, then works; the session stays the same', async () => {
    const { session, ...admin } = await oldAdmin();
    expectChallenge(await makeRole(session.access_token, 'stepped-up'));
    const answer = await reauthenticate(session, admin.password);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(answer.body as object).sort()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ]);
    const fresh = accessTokenOf(answer);
    expect((await makeRole(fresh, 'stepped-up')).status).toBe(201);

    const [before, after] = [claimsOf(session.access_token), claimsOf(fresh)];
    for (const claim of ['sub', 'sid', 'client_id', 'roles', 'scope', 'ver', 'aud', 'amr', 'acr']) {
      expect([claim, after[claim]]).toEqual([claim, before[claim]]);
    }
    expect(after).toMatchObject({ amr: ['pwd'], acr: 'aal1' });
    expect(Math.abs(nowSeconds() - Number(after['auth_time']))).toBeLessThan(30);
    expect(after['jti']).not.toBe(before['jti']);
    expect((await me(fresh)).body).toMatchObject({
      sessionId: after['sid'],
      authenticatedAt: new Date(Number(after['auth_time']) * 1000).toISOString(),
      amr: ['pwd'],
      acr: 'aal1',
    });
    expect(await audited('auth.reauthenticated', admin.id)).toBe(1);
    expect(await audited('auth.reauthentication_failed', admin.id)).toBe(0);
  });

  it('makes the old token no fresher, and does not end it', async () => {
    const { session, ...admin } = await oldAdmin();
    expect((await reauthenticate(session, admin.password)).status).toBe(200);
    expect((await me(session.access_token)).status).toBe(200);
    expectChallenge(await makeRole(session.access_token, 'still-old'));
  });

  it('leaves the refresh token as it is; what it brings says when the new proof was given, and keeps saying so', async () => {
    const { session, ...admin } = await oldAdmin();
    const fresh = claimsOf(accessTokenOf(await reauthenticate(session, admin.password)));
    let next = await refresh(session);
    expect(claimsOf(next.access_token)['auth_time']).toBe(fresh['auth_time']);
    expect((await makeRole(next.access_token, 'after-refresh')).status).toBe(201);
    app.clock.advance(11 * MINUTE);
    next = await refresh(next);
    expect(claimsOf(next.access_token)['auth_time']).toBe(fresh['auth_time']);
    expectChallenge(await makeRole(next.access_token, 'no-longer-fresh'));
  });

  it('does nothing for the other devices of the same person', async () => {
    const admin = await app.createUser({ roles: ['admin'] });
    const other = await app.login(admin.username, admin.password);
    app.clock.advance(DAY);
    const mine = await refresh(sessionOf(admin));
    expect((await reauthenticate(mine, admin.password)).status).toBe(200);
    const theirs = await refresh(other);
    expect(claimsOf(theirs.access_token)['auth_time']).toBe(
      claimsOf(other.access_token)['auth_time'],
    );
    expectChallenge(await makeRole(theirs.access_token, 'other-device'));
  });

  it('works in a browser: the access cookie is replaced, and no other', async () => {
    const admin = await app.createUser({ roles: ['admin'] });
    const page = await FakePage.signedIn(app, admin);
    app.clock.advance(DAY);
    await page.refresh();
    const [refreshToken, csrfToken] = [page.jar.get(REFRESH), page.jar.get(CSRF)];
    const make = () => page.call('POST', '/v1/roles', { body: { name: 'paged', permissions: [] } });
    expectChallenge(await make());
    const prove = (password: string) =>
      page.call('POST', '/v1/auth/reauthenticate', { body: { password } });
    const wrong = await prove('a wrong password');
    expect([wrong.status, cookiesOf(wrong)]).toEqual([403, []]);
    const answer = await prove(admin.password);
    expect(cookiesOf(answer).map(({ name }) => name)).toEqual([ACCESS]);
    expect(Object.keys(answer.body as object).sort()).toEqual([
      'csrf_token',
      'expires_in',
      'scope',
    ]);
    expect(answer.body).toMatchObject({ csrf_token: csrfToken });
    expect((await make()).status).toBe(201);
    expect([page.jar.get(REFRESH), page.jar.get(CSRF)]).toEqual([refreshToken, csrfToken]);
    expect((await page.refresh()).status).toBe(200);
  });

  it('holds on every replica', async () => {
    const { session, ...admin } = await oldAdmin();
    const replica = await app.startReplica();
    const fresh = accessTokenOf(await reauthenticate(session, admin.password, replica));
    expect((await makeRole(fresh, 'on-a-replica')).status).toBe(201);
    const next = await refresh(session);
    expect(claimsOf(next.access_token)['auth_time']).toBe(claimsOf(fresh)['auth_time']);
  });

  it('says what the person may do now', async () => {
    const user = await app.createUser();
    const { token } = await app.admin();
    const body = { roles: ['viewer'] };
    await app.api('PUT', `/v1/users/${user.id}/roles`, { token, body });
    const answer = await reauthenticate(sessionOf(user), user.password);
    expect(answer.body).toMatchObject({ scope: 'resources:read' });
    expect(claimsOf(accessTokenOf(answer))['roles']).toEqual(['viewer']);
  });

  it('takes the right password only, and says where the wrong one stands', async () => {
    const user = await app.createUser();
    const wrong = [`${user.password} `, user.password.slice(1), user.username, 'a wrong password'];
    for (const password of wrong) {
      const answer = await reauthenticate(sessionOf(user), password);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({
        code: 'wrong_password',
        errors: [{ pointer: '/password', code: 'wrong_password' }],
      });
      expect(JSON.stringify(answer.body)).not.toContain(password);
    }
    expect(await audited('auth.reauthentication_failed', user.id)).toBe(wrong.length);
    const [before] = await sessionRows(user);
    expect(Number(before?.authTime)).toBeLessThan(app.clock.now());
    expect(claimsOf((await refresh(sessionOf(user))).access_token)['auth_time']).toBe(
      claimsOf(user.token)['auth_time'],
    );
  });

  it.each([undefined, null, 1, true, ['x'], {}, '', 'x'.repeat(1025)])(
    'takes text only: %j',
    async (password) => {
      const user = await app.createUser();
      const answer = await app.api('POST', '/v1/auth/reauthenticate', {
        token: user.token,
        body: { password },
      });
      expect(answer.status).toBe(400);
    },
  );

  it('needs a token that is good', async () => {
    const body = { password: 'x' };
    expect((await app.api('POST', '/v1/auth/reauthenticate', { body })).status).toBe(401);
    const user = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    const answer = await reauthenticate(sessionOf(user), user.password);
    expect(answer.body).toMatchObject({ status: 401, code: 'invalid_token' });
  });

  it('is over with the session, though the token has not expired yet', async () => {
    const short = await startTestApp({
      settings: { REFRESH_TOKEN_IDLE_TTL: '2m', REFRESH_TOKEN_MAX_TTL: '3m' },
    });
    try {
      const idle = await short.createUser();
      short.clock.advance(2 * MINUTE);
      expect((await reauthenticate(sessionOf(idle), idle.password, short)).body).toMatchObject({
        status: 401,
        code: 'session_expired',
      });
      // It prolongs nothing: neither the idle time nor the absolute end.
      const user = await short.createUser();
      short.clock.advance(MINUTE);
      expect((await reauthenticate(sessionOf(user), user.password, short)).status).toBe(200);
      short.clock.advance(MINUTE);
      const { body } = await short.api('POST', '/v1/auth/refresh', {
        body: { refresh_token: user.refreshToken },
      });
      expect(body).toMatchObject({ status: 401, code: 'session_expired' });
    } finally {
      await short.close();
    }
  });
});

describe('guessing at the password with a stolen token', () => {
  it('is throttled together with password changes, apart from sign-ins, and the owner gets on', async () => {
    const limited = await startTestApp({ settings: { LOGIN_ATTEMPTS_PER_PAIR: '5' } });
    try {
      const user = await limited.createUser();
      const session = sessionOf(user);
      const guess = (password: string) => reauthenticate(session, password, limited);
      for (let i = 0; i < 4; i++) expect((await guess(`guess number ${i}`)).status).toBe(403);
      const change = (currentPassword: string) =>
        limited.api('PUT', '/v1/auth/password', {
          token: user.token,
          body: { currentPassword, newPassword: NEW_PASSWORD },
        });
      expect((await change('guess number 4')).status).toBe(403);
      const refused = await guess(user.password);
      expect(refused.status).toBe(429);
      expect(refused.body).toMatchObject({ code: 'too_many_attempts' });
      const retryAfter = Number(refused.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect((await change(user.password)).status).toBe(429);
      expect((await me(user.token, limited)).status).toBe(200);
      await limited.login(user.email, user.password);
      limited.clock.advance(retryAfter * 1000);
      const next = await refresh(session, limited);
      expect((await reauthenticate(next, user.password, limited)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('is given no more tries when all come at once, and a success forgives the failures before it', async () => {
    const limited = await startTestApp({ settings: { LOGIN_ATTEMPTS_PER_PAIR: '5' } });
    try {
      const user = await limited.createUser();
      const guess = (password: string) => reauthenticate(sessionOf(user), password, limited);
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 4; i++) expect((await guess(`guess ${i}`)).status).toBe(403);
        expect((await guess(user.password)).status).toBe(200);
      }
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => guess(`guess ${i}`)));
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
    } finally {
      await limited.close();
    }
  });
});

interface SessionRow {
  readonly endedAt: number | string | null;
  readonly authTime: number | string;
}

const sessionRows = ({ refreshToken }: TestUser) =>
  app.database.select<SessionRow>(
    'SELECT ended_at AS endedAt, auth_time AS authTime FROM sessions WHERE id = ?',
    [refreshToken.split('.')[0]],
  );

describe('what happens while the password is being verified', () => {
  /** Lets `meanwhile` happen after the password was found right, before anything is written. */
  async function racing(user: TestUser, meanwhile: () => Promise<unknown>): Promise<Answer> {
    const passwords = app.nest.get(UserPasswordsService, { strict: false });
    const original = passwords.verify.bind(passwords);
    passwords.verify = async (...parameters) => {
      passwords.verify = original; // what happens meanwhile may ask for a password, too
      const hash = await original(...parameters);
      await meanwhile();
      return hash;
    };
    try {
      return await reauthenticate(sessionOf(user), user.password);
    } finally {
      passwords.verify = original;
    }
  }

  const asAdmin = async (method: string, path: string, body?: object) => {
    const { token } = await app.admin();
    const answer = await app.api(method, path, { token, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBeLessThan(300);
  };
  const asThemselves = async ({ token }: TestUser, method: string, path: string) => {
    expect((await app.api(method, path, { token })).status).toBe(204);
  };

  const ENDS: Record<string, (user: TestUser) => Promise<unknown>> = {
    'signing out': (user) => asThemselves(user, 'POST', '/v1/auth/logout'),
    'signing out everywhere': (user) => asThemselves(user, 'POST', '/v1/auth/logout-all'),
    'the end of the session, asked for from another device': async (user) => {
      const [id] = user.refreshToken.split('.');
      const { access_token: token } = await app.login(user.username, user.password);
      await asThemselves({ ...user, token }, 'DELETE', `/v1/auth/sessions/${id}`);
    },
    'a change of the password on another device': async (user) => {
      const { access_token: token } = await app.login(user.username, user.password);
      const body = { currentPassword: user.password, newPassword: NEW_PASSWORD };
      expect((await app.api('PUT', '/v1/auth/password', { token, body })).status).toBe(204);
    },
    'theft of the refresh token': async (user) => {
      const next = await refresh(sessionOf(user));
      await refresh(next);
      const { status } = await app.api('POST', '/v1/auth/refresh', {
        body: { refresh_token: user.refreshToken },
      });
      expect(status).toBe(401);
    },
    'an administrator who revokes': ({ id }) => asAdmin('POST', `/v1/users/${id}/revoke-tokens`),
    'an administrator who disables': ({ id }) => asAdmin('POST', `/v1/users/${id}/disable`),
    'an administrator who disables and enables again': async ({ id }) => {
      await asAdmin('POST', `/v1/users/${id}/disable`);
      await asAdmin('POST', `/v1/users/${id}/enable`);
    },
  };

  it.each(Object.keys(ENDS))('wins when it ends the session: %s', async (what) => {
    const user = await app.createUser();
    const [before] = await sessionRows(user);
    const answer = await racing(user, () => ENDS[what]?.(user) ?? Promise.reject(new Error(what)));
    expect(answer.body).toMatchObject({ status: 401, code: 'session_ended' });
    const [after] = await sessionRows(user);
    expect(after?.endedAt).not.toBeNull();
    expect(after?.authTime).toEqual(before?.authTime);
    expect(await audited('auth.reauthenticated', user.id)).toBe(0);
  });

  it('is decided by one statement in the database: what is over stays over', async () => {
    const user = await app.createUser();
    const [id = ''] = user.refreshToken.split('.');
    const sessions = app.nest.get(SessionsRepository, { strict: false });
    expect(await sessions.freshen(id, 1_800_000_000_000, 'pwd')).toBe(true);
    // Twice the same: matched, though nothing changes.
    expect(await sessions.freshen(id, 1_800_000_000_000, 'pwd')).toBe(true);
    await asThemselves(user, 'POST', '/v1/auth/logout');
    const before = await sessionRows(user);
    expect(await sessions.freshen(id, 1_900_000_000_000, 'pwd')).toBe(false);
    expect(await sessionRows(user)).toEqual(before);
    expect(await sessions.freshen(UNKNOWN, 1_900_000_000_000, 'pwd')).toBe(false);
  });

  it('wins when it removes the person', async () => {
    const user = await app.createUser();
    const answer = await racing(user, () => asAdmin('DELETE', `/v1/users/${user.id}`));
    expect(answer.body).toMatchObject({ status: 401, code: 'session_ended' });
    expect(await sessionRows(user)).toEqual([]);
  });

  it('wins when it changes the password, though this session goes on', async () => {
    const user = await app.createUser();
    const [before] = await sessionRows(user);
    const answer = await racing(user, async () => {
      const body = { currentPassword: user.password, newPassword: NEW_PASSWORD };
      const { status } = await app.api('PUT', '/v1/auth/password', { token: user.token, body });
      expect(status).toBe(204);
    });
    expect(answer.body).toMatchObject({ status: 403, code: 'wrong_password' });
    expect(await sessionRows(user)).toEqual([before]);
    const next = await refresh(sessionOf(user));
    expect((await reauthenticate(next, NEW_PASSWORD)).status).toBe(200);
  });

  it('is no trouble when it is a refresh, or a change of roles', async () => {
    const user = await app.createUser();
    let next: Tokens | undefined;
    const answer = await racing(user, async () => {
      next = await refresh(sessionOf(user));
      await asAdmin('PUT', `/v1/users/${user.id}/roles`, { roles: ['viewer'] });
    });
    expect(answer.body).toMatchObject({ scope: 'resources:read' });
    expect((await me(accessTokenOf(answer))).status).toBe(200);
    expect(next).toBeDefined();
    if (next !== undefined) {
      expect(claimsOf((await refresh(next)).access_token)['auth_time']).toBe(
        claimsOf(accessTokenOf(answer))['auth_time'],
      );
    }
  });
});

describe('proving anew beside what ends access, at whatever moment', () => {
  const ROUNDS = 7;
  const TIME_ENOUGH = 120_000; // for three password hashes a round, also on a busy machine

  it.each([
    ['signing out', '/v1/auth/logout'],
    ['signing out everywhere', '/v1/auth/logout-all'],
  ])(
    'leaves no token that works: %s',
    async (_, path) => {
      const replica = await app.startReplica();
      const { username, password } = await app.createUser();
      for (let round = 0; round < ROUNDS; round++) {
        const session = await app.login(username, password);
        const [proved, ended] = await Promise.all([
          reauthenticate(session, password, round % 2 === 0 ? app : replica),
          // Hashing takes some 30 ms: over the rounds, signing out falls before, into and after it.
          sleep(round * 8).then(() => app.api('POST', path, { token: session.access_token })),
        ]);
        expect(ended.status).toBe(204);
        expect([200, 401]).toContain(proved.status);
        if (proved.status === 200) {
          expect((await me(accessTokenOf(proved))).status).toBe(401);
        }
        const { refresh_token } = session;
        const { body } = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
        expect(body).toMatchObject({ status: 401, code: 'session_ended' });
      }
    },
    TIME_ENOUGH,
  );

  it(
    'leaves no token of the old password: changing it',
    async () => {
      const { username, password } = await app.createUser();
      let [current, next] = [password, NEW_PASSWORD];
      for (let round = 0; round < ROUNDS; round++) {
        const session = await app.login(username, current);
        const body = { currentPassword: current, newPassword: next };
        const [proved, changed] = await Promise.all([
          sleep(round * 8).then(() => reauthenticate(session, current)),
          app.api('PUT', '/v1/auth/password', { token: session.access_token, body }),
        ]);
        expect(changed.status).toBe(204);
        expect([200, 401, 403]).toContain(proved.status);
        if (proved.status === 200) expect((await me(accessTokenOf(proved))).status).toBe(401);
        [current, next] = [next, current];
      }
    },
    TIME_ENOUGH,
  );
});
