import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Authenticated } from '../src/access/access.js';
import { HeaderOnly } from '../src/access/header-only.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { cookiesOf } from './support/cookie-jar.js';
import { ACCESS, CSRF, FakePage, REFRESH } from './support/fake-page.js';

const NEW_PASSWORD = 'seven grey herons by the weir';
const GRACE = 20_000;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const sessionOf = (page: FakePage) => page.jar.get(REFRESH)?.split('.')[0] ?? '';

@Controller('v1/machines')
class MachinesController {
  @Get()
  @HeaderOnly()
  @Authenticated()
  read(): string {
    return 'for machines';
  }
}

@Module({ controllers: [MachinesController] })
class MachinesModule {}

describe('signing in with cookies', () => {
  let app: TestApp;
  let user: TestUser;
  beforeAll(async () => {
    app = await startTestApp();
    user = await app.createUser({ roles: ['editor'] });
  });
  afterAll(() => app.close());

  it('sets three cookies, each as narrow as its use allows, and tells no token', async () => {
    const page = new FakePage(app);
    const answer = await page.signIn(user.email, user.password);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const strict = { secure: '', samesite: 'Strict' };
    expect(cookiesOf(answer)).toEqual([
      {
        name: ACCESS,
        value: expect.stringMatching(JWT),
        attributes: { path: '/', httponly: '', ...strict },
      },
      {
        name: REFRESH,
        value: expect.stringMatching(/^[\w-]{36}\.1\.[\w-]{43}$/),
        attributes: { path: '/v1/auth/refresh', httponly: '', ...strict },
      },
      {
        name: CSRF,
        value: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
        attributes: { path: '/', ...strict },
      },
    ]);
    expect(answer.body).toEqual({
      expires_in: 600,
      scope: 'resources:read resources:write',
      csrf_token: page.jar.get(CSRF),
    });
    for (const line of answer.headers.getSetCookie()) expect(line.length).toBeLessThan(4096);
  });

  it('happens only when it is asked for', async () => {
    for (const transport of [undefined, 'bearer']) {
      const body = { identifier: user.email, password: user.password, transport };
      const answer = await app.api('POST', '/v1/auth/login', { body });
      expect(answer.body).toMatchObject({ token_type: 'Bearer' });
      expect(cookiesOf(answer)).toEqual([]);
    }
    for (const transport of ['Cookie', 'cookies', '', null, ['cookie'], { cookie: true }]) {
      const body = { identifier: user.email, password: user.password, transport };
      const answer = await app.api('POST', '/v1/auth/login', { body });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ errors: [{ pointer: '/transport' }] });
    }
  });

  it('sets nothing when the password is wrong', async () => {
    const answer = await new FakePage(app).signIn(user.email, 'not the password at all');
    expect(answer.status).toBe(401);
    expect(cookiesOf(answer)).toEqual([]);
  });

  it('takes over nothing that was in the browser before: no fixation', async () => {
    const attacker = await FakePage.signedIn(app, await app.createUser());
    const planted = [ACCESS, REFRESH, CSRF].map((name) => attacker.jar.get(name) ?? '');
    const victim = new FakePage(app);
    const answer = await victim.call('POST', '/v1/auth/login', {
      body: { identifier: user.email, password: user.password, transport: 'cookie' },
      headers: {
        cookie: `${ACCESS}=${planted[0]}; ${REFRESH}=${planted[1]}; ${CSRF}=${planted[2]}; sid=x`,
      },
    });
    expect(answer.status).toBe(200);
    for (const { value } of cookiesOf(answer)) expect(planted).not.toContain(value);
    expect(sessionOf(victim)).not.toBe(sessionOf(attacker));
    expect((await victim.call('GET', '/v1/auth/me')).body).toMatchObject({ id: user.id });
  });

  it('puts no cookie into the log', async () => {
    const page = await FakePage.signedIn(app, user);
    await page.refresh();
    await page.call('PATCH', '/v1/auth/me', { body: {}, headers: { 'x-csrf-token': 'wrong' } });
    const log = app.logs.join('');
    for (const name of [ACCESS, REFRESH, CSRF]) {
      const value = page.jar.get(name) ?? '';
      expect(value.length).toBeGreaterThan(60);
      expect(log).not.toContain(value.split('.').at(-1));
    }
  });
});

describe('a request with the cookie', () => {
  let app: TestApp;
  let user: TestUser;
  let page: FakePage;
  beforeAll(async () => {
    app = await startTestApp({ extraModule: MachinesModule });
    user = await app.createUser({ roles: ['editor'] });
    page = await FakePage.signedIn(app, user);
  });
  afterAll(() => app.close());

  it('reads and writes as one with the header does', async () => {
    expect((await page.call('GET', '/v1/auth/me')).body).toMatchObject({ id: user.id });
    const written = await page.call('PATCH', '/v1/auth/me', { body: { displayName: 'Ada' } });
    expect(written.body).toMatchObject({ displayName: 'Ada' });
    const refused = await page.call('GET', '/v1/audit');
    expect(refused.body).toMatchObject({ status: 403, code: 'access_denied' });
  });

  it('is held to the CSRF token on every replica alike', async () => {
    const replica = await app.startReplica();
    const elsewhere = new FakePage(replica);
    const headers = {
      cookie: page.jar.headerFor('/v1/auth/me'),
      'x-csrf-token': page.jar.get(CSRF),
    };
    const body = { displayName: 'Grace' };
    expect((await elsewhere.call('PATCH', '/v1/auth/me', { body, headers })).status).toBe(200);
    const forged = { ...headers, 'x-csrf-token': undefined };
    expect((await elsewhere.call('PATCH', '/v1/auth/me', { body, headers: forged })).status).toBe(
      403,
    );
  });

  it('has the same 401 as any other for a token that is not good', async () => {
    for (const cookie of [`${ACCESS}=`, `${ACCESS}=a.b.c`, `${ACCESS}=${user.token}x`]) {
      const answer = await page.call('GET', '/v1/auth/me', { headers: { cookie } });
      expect(answer.body).toMatchObject({ status: 401, code: 'invalid_token' });
      expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    }
    const without = await page.call('GET', '/v1/auth/me', { headers: { cookie: 'x=1' } });
    expect(without.body).toMatchObject({ status: 401, code: 'authentication_required' });
  });

  it('goes on after the password was changed, by refreshing', async () => {
    const person = await app.createUser();
    const [here, there] = [
      await FakePage.signedIn(app, person),
      await FakePage.signedIn(app, person),
    ];
    const body = { currentPassword: person.password, newPassword: NEW_PASSWORD };
    expect((await here.call('PUT', '/v1/auth/password', { body })).status).toBe(204);
    expect((await here.call('GET', '/v1/auth/me')).status).toBe(401);
    expect((await here.refresh()).status).toBe(200);
    expect((await here.call('GET', '/v1/auth/me')).status).toBe(200);
    expect((await there.refresh()).status).toBe(401);
  });

  it('is ignored by routes that are public, and by those that take the header only', async () => {
    const twice = `${page.jar.headerFor('/') ?? ''}; ${ACCESS}=evil`;
    for (const path of ['/health/live', '/.well-known/jwks.json']) {
      expect((await page.call('GET', path, { headers: { cookie: twice } })).status).toBe(200);
    }
    const unknown = await page.call('GET', '/v1/machines', { conform: false });
    expect(unknown.body).toMatchObject({ code: 'authentication_required' });
    const byHeader = await page.call('GET', '/v1/machines', {
      headers: { authorization: `Bearer ${user.token}` },
      conform: false,
    });
    expect(byHeader.status).toBe(200);
  });
});

describe('refreshing with the cookie', () => {
  let app: TestApp;
  let user: TestUser;
  beforeAll(async () => {
    app = await startTestApp();
    user = await app.createUser();
  });
  afterAll(() => app.close());

  const generationOf = async (sessionId: string) => {
    const rows = await app.database.select<{ generation: number }>(
      'SELECT generation FROM sessions WHERE id = ?',
      [sessionId],
    );
    return Number(rows[0]?.generation);
  };

  it('rotates, sets new cookies and keeps the CSRF token of the session', async () => {
    const page = await FakePage.signedIn(app, user);
    const before = [ACCESS, REFRESH, CSRF].map((name) => page.jar.get(name));
    for (const request of [{}, { body: {} }]) {
      const answer = await page.call('POST', '/v1/auth/refresh', request);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.body).toEqual({ expires_in: 600, scope: '', csrf_token: before[2] });
      expect(cookiesOf(answer).map(({ name }) => name)).toEqual([ACCESS, REFRESH, CSRF]);
    }
    expect(page.jar.get(ACCESS)).not.toBe(before[0]);
    expect(page.jar.get(REFRESH)).toMatch(/\.3\./);
    expect(page.jar.get(CSRF)).toBe(before[2]);
    expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
  });

  it('gives parallel requests the same successor; none takes away what another one got', async () => {
    const page = await FakePage.signedIn(app, user);
    const sent = await Promise.all(
      Array.from({ length: 20 }, () => page.send('POST', '/v1/auth/refresh')),
    );
    const answers = sent.map(({ answer }) => answer);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ headers }) => headers.get('signet-refresh') === null)).toHaveLength(1);
    const valuesOf = (name: string) =>
      new Set(answers.map((answer) => cookiesOf(answer).find((c) => c.name === name)?.value));
    expect([...valuesOf(REFRESH)]).toEqual([expect.stringMatching(/\.2\./)]);
    expect(valuesOf(CSRF).size).toBe(1);
    // Whichever answer comes last, the browser is left with cookies that work.
    for (const answer of answers) {
      page.jar.keep(answer);
      expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
    }
    expect((await page.refresh()).headers.get('signet-refresh')).toBeNull();
    expect(await generationOf(sessionOf(page))).toBe(3);
  });

  it('never takes cookies back when it refuses: they may be of a newer sign-in', async () => {
    const refusals: Readonly<Record<string, (page: FakePage) => Promise<unknown>>> = {
      session_ended: async (page) => {
        const { answer } = await page.send('POST', '/v1/auth/logout');
        expect(answer.status).toBe(204);
      },
      refresh_token_reused: async (page) => {
        await page.send('POST', '/v1/auth/refresh');
        app.clock.advance(GRACE + 1);
      },
      session_expired: () => {
        app.clock.advance(app.settings.refreshIdleTtl + 1);
        return Promise.resolve();
      },
    };
    for (const [code, spoil] of Object.entries(refusals)) {
      const page = await FakePage.signedIn(app, user);
      await spoil(page);
      const { answer: late } = await page.send('POST', '/v1/auth/refresh');
      expect(late.body).toMatchObject({ status: 401, code });
      expect(cookiesOf(late)).toEqual([]);
      // Meanwhile somebody signed in again in another tab; the late answer arrives after that.
      expect((await page.signIn(user.username, user.password)).status).toBe(200);
      page.jar.keep(late);
      expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
      expect((await page.refresh()).status).toBe(200);
    }
  });

  it('takes one refresh token, from one place', async () => {
    const page = await FakePage.signedIn(app, user);
    const both = await page.call('POST', '/v1/auth/refresh', {
      body: { refresh_token: page.jar.get(REFRESH) },
    });
    expect(both.body).toMatchObject({ status: 400, code: 'ambiguous_credentials' });
    const cookie = page.jar.headerFor('/v1/auth/refresh') ?? '';
    const twice = await page.call('POST', '/v1/auth/refresh', {
      headers: { cookie: `${cookie}; ${REFRESH}=evil` },
    });
    expect(twice.body).toMatchObject({ status: 400, code: 'ambiguous_credentials' });
    const nowhere = await page.call('POST', '/v1/auth/refresh', { headers: { cookie: undefined } });
    expect(nowhere.body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer: '/refresh_token', code: 'required' }],
    });
    for (const value of ['', 'garbage', page.jar.get(ACCESS) ?? '']) {
      const wrong = await page.call('POST', '/v1/auth/refresh', {
        headers: { cookie: `${REFRESH}=${value}; ${CSRF}=${page.jar.get(CSRF) ?? ''}` },
      });
      expect(wrong.body).toMatchObject({ status: 401, code: 'invalid_refresh_token' });
      expect(cookiesOf(wrong)).toEqual([]);
    }
    expect(await generationOf(sessionOf(page))).toBe(1);
  });
});

describe('a fresh proof with the cookie', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('sets a fresh access token and leaves the other two cookies alone', async () => {
    const person = await app.createUser({ roles: ['admin'] });
    const here = await FakePage.signedIn(app, person);
    app.clock.advance(app.settings.freshnessMaxAge + 60_000);
    expect((await here.refresh()).status).toBe(200);
    const weighty = () =>
      here.call('PUT', `/v1/users/${person.id}/roles`, { body: { roles: ['admin', 'editor'] } });
    const stale = await weighty();
    expect(stale.body).toMatchObject({ status: 401, code: 'insufficient_user_authentication' });
    const refreshToken = here.jar.get(REFRESH);
    const prove = (headers = {}) =>
      here.call('POST', '/v1/auth/reauthenticate', {
        body: { password: person.password },
        headers,
      });
    expect((await prove({ 'x-csrf-token': undefined })).status).toBe(403);
    const proved = await prove();
    expect(proved.status).toBe(200);
    expect(proved.body).toEqual({
      expires_in: 600,
      scope: expect.any(String),
      csrf_token: here.jar.get(CSRF),
    });
    expect(cookiesOf(proved)).toEqual([
      {
        name: ACCESS,
        value: expect.stringMatching(JWT),
        attributes: { path: '/', httponly: '', secure: '', samesite: 'Strict' },
      },
    ]);
    expect((await weighty()).status).toBe(200);
    expect(here.jar.get(REFRESH)).toBe(refreshToken);
    expect((await here.refresh()).status).toBe(200);
  });
});

describe('signing out with the cookie', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it.each(['/v1/auth/logout', '/v1/auth/logout-all'])(
    'ends the session and takes the cookies back as they were set: %s',
    async (path) => {
      const page = new FakePage(app);
      const user = await app.createUser();
      const set = cookiesOf(await page.signIn(user.username, user.password));
      const [access = '', refresh = ''] = [page.jar.get(ACCESS), page.jar.get(REFRESH)];
      const csrf = page.jar.get(CSRF) ?? '';
      const answer = await page.call('POST', path);
      expect(answer.status).toBe(204);
      expect(cookiesOf(answer)).toEqual(
        set.map(({ name, attributes }) => ({
          name,
          value: '',
          attributes: { ...attributes, 'max-age': '0' },
        })),
      );
      // That would empty the jars of whatever else runs on the same domain.
      expect(answer.headers.get('clear-site-data')).toBeNull();
      expect(page.jar.names).toEqual([]);
      const stolen = { cookie: `${ACCESS}=${access}` };
      expect((await page.call('GET', '/v1/auth/me', { headers: stolen })).status).toBe(401);
      const late = await page.call('POST', '/v1/auth/refresh', {
        headers: { cookie: `${REFRESH}=${refresh}; ${CSRF}=${csrf}`, 'x-csrf-token': csrf },
      });
      expect(late.body).toMatchObject({ status: 401, code: 'session_ended' });
    },
  );

  it('leaves the cookies alone when the header authenticated', async () => {
    const user = await app.createUser();
    const answer = await app.api('POST', '/v1/auth/logout', {
      token: user.token,
      headers: { cookie: `${CSRF}=of-somebody-else` },
    });
    expect(answer.status).toBe(204);
    expect(cookiesOf(answer)).toEqual([]);
  });
});

describe('an access token that a cookie does not hold', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      settings: { ACCESS_TOKEN_MAX_SIZE: '8192', LOGIN_ATTEMPTS_PER_PAIR: '5' },
    });
  });
  afterAll(() => app.close());

  it('is refused with its reason, and costs neither a session nor the refresh token', async () => {
    const { token } = await app.admin();
    const user = await app.createUser();
    const page = await FakePage.signedIn(app, user);
    const permissions = Array.from(
      { length: 50 },
      (_, i) => `${'n'.repeat(30)}:${'v'.repeat(27)}${i}`,
    );
    const role = await app.api('POST', '/v1/roles', { token, body: { name: 'wide', permissions } });
    expect(role.status).toBe(201);
    const give = async (roles: readonly string[]) =>
      (await app.api('PUT', `/v1/users/${user.id}/roles`, { token, body: { roles } })).status;
    expect(await give(['wide'])).toBe(200);

    const refused = await new FakePage(app).signIn(user.email, user.password);
    expect(refused.body).toMatchObject({
      status: 422,
      code: 'token_too_large',
      detail: expect.stringMatching(/cookie holds; the largest claims are scope \(\d+ bytes\)/),
    });
    expect(cookiesOf(refused)).toEqual([]);
    // The password was right: that is no guess, however often it happens.
    for (let i = 0; i < app.settings.loginPairAttempts; i++)
      expect((await new FakePage(app).signIn(user.email, user.password)).status).toBe(422);
    expect((await app.login(user.email, user.password)).access_token.length).toBeGreaterThan(4096);
    const { status, body } = await page.refresh();
    expect([status, body]).toEqual([422, expect.objectContaining({ code: 'token_too_large' })]);
    const rows = await app.database.select('SELECT id FROM sessions WHERE principal_id = ?', [
      user.id,
    ]);
    expect(rows).toHaveLength(3); // that of `createUser`, of the page, and of the login by header

    expect(await give([])).toBe(200);
    const again = await page.refresh();
    expect(again.status).toBe(200);
    expect(again.headers.get('signet-refresh')).toBeNull();
  });
});

describe('settings of transports', () => {
  const withApp = async (
    settings: Readonly<Record<string, string>>,
    work: (app: TestApp) => Promise<void>,
  ) => {
    const app = await startTestApp({ settings });
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };

  it('turn cookies off: none is set, and none is looked at', () =>
    withApp({ TOKEN_LOCATIONS: 'header' }, async (app) => {
      const user = await app.createUser();
      const page = new FakePage(app);
      const answer = await page.signIn(user.email, user.password);
      expect(answer.body).toMatchObject({ status: 400, code: 'transport_off' });
      const cookie = `${ACCESS}=${user.token}; ${REFRESH}=${user.refreshToken}`;
      const ignored = await page.call('GET', '/v1/auth/me', { headers: { cookie } });
      expect(ignored.body).toMatchObject({ code: 'authentication_required' });
      const authorization = `Bearer ${user.token}`;
      const both = await page.call('GET', '/v1/auth/me', { headers: { cookie, authorization } });
      expect(both.status).toBe(200);
      const refresh = await page.call('POST', '/v1/auth/refresh', { headers: { cookie } });
      expect(refresh.body).toMatchObject({ code: 'validation_failed' });
      const { body } = await app.api('GET', '/openapi.json', { conform: false });
      expect(JSON.stringify(body)).not.toContain('accessCookie');
    }));

  it('turn the header off: no token is told any more', () =>
    withApp({ TOKEN_LOCATIONS: 'cookie' }, async (app) => {
      const person = await app.setup();
      const page = await FakePage.signedIn(app, person);
      expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
      const body = { identifier: person.email, password: person.password };
      const login = await app.api('POST', '/v1/auth/login', { body });
      expect(login.body).toMatchObject({ status: 400, code: 'transport_off' });
      const refresh_token = page.jar.get(REFRESH);
      const refresh = await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
      expect(refresh.body).toMatchObject({ status: 400, code: 'transport_off' });
      const bearer = await app.api('GET', '/v1/auth/me', { token: page.jar.get(ACCESS) ?? '' });
      expect(bearer.body).toMatchObject({ status: 401, code: 'authentication_required' });
      const token = page.jar.get(ACCESS) ?? '';
      for (const endpoint of ['introspect', 'revoke']) {
        const answer = await app.api('POST', `/oauth/${endpoint}`, { token, form: { token } });
        expect([answer.status, answer.body]).toEqual([
          401,
          expect.objectContaining({ error: 'invalid_client' }),
        ]);
      }
      expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
      const { body: metadata } = await app.api('GET', '/.well-known/oauth-authorization-server');
      expect(JSON.stringify(metadata)).not.toContain('Bearer');
    }));

  it('name and shape the cookies', () =>
    withApp(
      {
        ISSUER_URL: 'http://id.signet.test/below',
        COOKIE_ACCESS_NAME: '__Secure-team_at',
        COOKIE_REFRESH_NAME: '__Secure-team_rt',
        COOKIE_CSRF_NAME: '__Secure-team_csrf',
        COOKIE_DOMAIN: 'signet.test',
        COOKIE_PATH: '/v1',
        COOKIE_REFRESH_PATH: '/v1/auth/refresh',
        COOKIE_SAMESITE: 'lax',
        COOKIE_LIFETIME: 'token',
        CSRF_HEADER: 'X-Team-CSRF',
      },
      async (app) => {
        const user = await app.createUser();
        const page = new FakePage(app);
        const signedIn = await page.signIn(user.email, user.password);
        const common = { domain: 'signet.test', secure: '', samesite: 'Lax' };
        const days14 = String(14 * 86_400);
        expect(cookiesOf(signedIn).map(({ name, attributes }) => ({ name, attributes }))).toEqual([
          {
            name: '__Secure-team_at',
            attributes: { ...common, path: '/v1', httponly: '', 'max-age': '600' },
          },
          {
            name: '__Secure-team_rt',
            attributes: { ...common, path: '/v1/auth/refresh', httponly: '', 'max-age': days14 },
          },
          { name: '__Secure-team_csrf', attributes: { ...common, path: '/', 'max-age': days14 } },
        ]);
        const csrf = page.jar.get('__Secure-team_csrf');
        const write = (headers: Readonly<Record<string, string | undefined>>) =>
          page.call('PATCH', '/v1/auth/me', { body: { displayName: 'Ada' }, headers });
        expect((await write({ 'x-csrf-token': csrf })).status).toBe(403);
        expect((await write({ 'x-team-csrf': csrf })).status).toBe(200);
        const refreshed = await page.call('POST', '/v1/auth/refresh', {
          headers: { 'x-team-csrf': csrf },
        });
        expect(refreshed.status).toBe(200);
        const headers = { 'x-team-csrf': csrf };
        expect((await page.call('POST', '/v1/auth/logout', { headers })).status).toBe(204);
        expect(page.jar.names).toEqual([]);
      },
    ));

  it('can ask for the CSRF token of those who read, too', () =>
    withApp({ CSRF_METHODS: 'GET,HEAD,POST,PUT,PATCH,DELETE' }, async (app) => {
      const page = await FakePage.signedIn(app, await app.createUser());
      expect((await page.call('GET', '/v1/auth/me')).status).toBe(200);
      const headers = { 'x-csrf-token': undefined };
      const refused = await page.call('GET', '/v1/auth/me', { headers });
      expect(refused.body).toMatchObject({ status: 403, code: 'csrf_failed' });
    }));
});
