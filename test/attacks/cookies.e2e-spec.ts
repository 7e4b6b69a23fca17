import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declaredAccess } from '../../src/access/access.js';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { cookiesOf } from '../support/cookie-jar.js';
import { ACCESS, CSRF, FakePage, REFRESH } from '../support/fake-page.js';
import type { Answer } from '../support/http.js';
import { routesOf } from '../support/routes.js';

const EVIL = 'https://evil.test';
const ALLOWED = 'http://app.signet.test';
const ID = '00000000-0000-4000-8000-000000000000';

type Headers = Readonly<Record<string, string | undefined>>;

const FORGERY = { status: 403, code: 'csrf_failed' };
const AMBIGUOUS = { status: 400, code: 'ambiguous_credentials' };

/** WEB-01 to WEB-08, BER-01, BER-04, S-29 to S-32 of the threat list, for requests that cookies authenticate. */
describe('cookies under attack', () => {
  let app: TestApp;
  let victim: TestUser;
  let page: FakePage;
  let attacker: FakePage;

  beforeAll(async () => {
    app = await startTestApp({ settings: { CORS_ORIGINS: ALLOWED } });
    victim = await app.createUser({ roles: ['admin'] });
    page = await FakePage.signedIn(app, victim);
    attacker = await FakePage.signedIn(app, await app.createUser());
  });
  afterAll(() => app.close());

  const cookieOf = (name: string) => `${name}=${page.jar.get(name) ?? ''}`;

  /** What another site can make the victim's browser send: the cookies, and little that it chooses. */
  function forgeries(): Readonly<Record<string, Headers>> {
    const theirs = attacker.jar.get(CSRF) ?? '';
    const made = `${'A'.repeat(22)}.${'A'.repeat(43)}`;
    const other = (page.jar.get(CSRF) ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
    const path = '/v1/auth/refresh'; // where all three are sent
    const with_ = (value: string) => ({
      cookie: (page.jar.headerFor(path) ?? '').replace(/(__Host-signet_csrf)=[^;]*/, `$1=${value}`),
    });
    return {
      'no header': { 'x-csrf-token': undefined },
      'an empty header': { 'x-csrf-token': '' },
      'no CSRF cookie': { cookie: `${cookieOf(ACCESS)}; ${cookieOf(REFRESH)}` },
      'another value in the header': { 'x-csrf-token': made },
      'another value in the cookie': with_(made),
      'the same made-up value in both': { 'x-csrf-token': made, ...with_(made) },
      'the same changed value in both': { 'x-csrf-token': other, ...with_(other) },
      "the attacker's own token in both, tossed from a neighbouring host": {
        'x-csrf-token': theirs,
        ...with_(theirs),
      },
      'the header twice': { 'x-csrf-token': `${page.jar.get(CSRF) ?? ''}, ${made}` },
      'Origin: null': { origin: 'null' },
      'Origin: null, and no Sec-Fetch-Site': { origin: 'null', 'sec-fetch-site': undefined },
      'another origin': { origin: EVIL, 'sec-fetch-site': 'cross-site' },
      'another origin, from a browser without Sec-Fetch-Site': {
        origin: EVIL,
        'sec-fetch-site': undefined,
      },
      'a neighbouring host': { origin: 'http://evil.signet.test', 'sec-fetch-site': 'same-site' },
      'an origin that begins alike': {
        origin: 'http://signet.test.evil.test',
        'sec-fetch-site': 'cross-site',
      },
      'no Origin, from another site': { origin: undefined, 'sec-fetch-site': 'cross-site' },
      'neither Origin nor Sec-Fetch-Site': { origin: undefined, 'sec-fetch-site': undefined },
    };
  }

  it('do nothing without the CSRF token and a page of ours, whatever the method', async () => {
    const attempts: readonly (readonly [string, string, object | undefined])[] = [
      ['POST', '/v1/auth/logout', undefined],
      ['POST', '/v1/auth/refresh', undefined],
      [
        'PUT',
        '/v1/auth/password',
        { currentPassword: victim.password, newPassword: 'x'.repeat(30) },
      ],
      ['PATCH', '/v1/auth/me', { displayName: 'Mallory' }],
      ['DELETE', `/v1/auth/sessions/${page.jar.get(REFRESH)?.slice(0, 36) ?? ''}`, undefined],
    ];
    for (const [method, path, body] of attempts) {
      for (const [how, headers] of Object.entries(forgeries())) {
        const answer = await page.call(method, path, {
          headers,
          ...(body === undefined ? {} : { body }),
        });
        expect([method, path, how, answer.body]).toEqual([
          method,
          path,
          how,
          expect.objectContaining(FORGERY),
        ]);
        expect(cookiesOf(answer)).toEqual([]);
      }
    }
    const me = await page.call('GET', '/v1/auth/me');
    expect(me.body).toMatchObject({ id: victim.id });
    expect(JSON.stringify(me.body)).not.toContain('Mallory');
    expect(page.jar.get(REFRESH)).toMatch(/\.1\./);
  });

  it('do nothing by themselves on any route that changes something', async () => {
    const open: string[] = [];
    const routes = routesOf(app.nest).filter(
      ({ method, handler, controller }) =>
        method !== 'GET' && declaredAccess(handler, controller)?.kind !== 'public',
    );
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, path } of routes) {
      const url = path.replaceAll(/:[A-Za-z]+/g, ID);
      const answer = await page.call(method, url, {
        headers: { cookie: cookieOf(ACCESS), 'x-csrf-token': undefined },
        ...(method === 'DELETE' ? {} : { body: {} }),
        conform: false,
      });
      if ((answer.body as { code?: string } | undefined)?.code !== FORGERY.code)
        open.push(`${method} ${path}: ${answer.status}`);
    }
    expect(open).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'are of no use to a form (%s), not for signing in either',
    async (type) => {
      const rawBody = JSON.stringify({
        identifier: victim.email,
        password: victim.password,
        transport: 'cookie',
      });
      for (const path of ['/v1/auth/login', '/v1/auth/refresh', '/v1/auth/logout', '/v1/users']) {
        const answer = await app.api('POST', path, {
          rawBody,
          headers: {
            'content-type': type,
            origin: EVIL,
            'sec-fetch-site': 'cross-site',
            cookie: page.jar.headerFor('/v1/auth/refresh') ?? '',
          },
          conform: false,
        });
        expect(answer.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
        expect(cookiesOf(answer)).toEqual([]);
      }
    },
  );

  it('cannot be set by signing in from another site, with a good password even', async () => {
    const from = ({ origin, 'sec-fetch-site': site }: Headers) => ({
      origin,
      'sec-fetch-site': site,
    });
    const body = { identifier: victim.email, password: victim.password, transport: 'cookie' };
    const elsewhere = Object.entries(forgeries()).filter(([, headers]) => 'origin' in headers);
    expect(elsewhere.length).toBeGreaterThan(5);
    for (const [how, headers] of elsewhere) {
      const answer = await new FakePage(app).call('POST', '/v1/auth/login', {
        body,
        headers: from(headers),
      });
      expect([how, answer.body]).toEqual([how, expect.objectContaining(FORGERY)]);
      expect(cookiesOf(answer)).toEqual([]);
    }
    const headers = { origin: ALLOWED, 'sec-fetch-site': 'same-site' };
    const allowed = await new FakePage(app).call('POST', '/v1/auth/login', { body, headers });
    expect(allowed.status).toBe(200);
  });

  describe('and the header', () => {
    it('are not sent together, even with the same token', async () => {
      const token = page.jar.get(ACCESS) ?? '';
      for (const authorization of [
        `Bearer ${token}`,
        `Bearer ${victim.token}`,
        `bearer ${token}`,
      ]) {
        const answer = await page.call('GET', '/v1/auth/me', { headers: { authorization } });
        expect(answer.body).toMatchObject(AMBIGUOUS);
      }
    });

    it('do not mix: the CSRF cookie beside a bearer token is nobody’s business', async () => {
      const answer = await app.api('PATCH', '/v1/auth/me', {
        token: victim.token,
        body: { displayName: 'Ada' },
        headers: { cookie: cookieOf(CSRF), origin: EVIL },
      });
      expect(answer.status).toBe(200);
    });
  });

  describe('by their names', () => {
    /** Sends the Cookie headers as they are, which fetch would not. */
    function me(...cookies: readonly string[]): Promise<{ status: number; body: unknown }> {
      return new Promise((resolve, reject) => {
        const lines = cookies.flatMap((cookie) => ['Cookie', cookie]);
        const headers = ['Host', 'signet.test', ...lines];
        const outgoing = rawRequest(`${app.url}/v1/auth/me`, { headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as unknown });
          });
        });
        outgoing.on('error', reject).end();
      });
    }

    /** As Node takes header values: one character a byte. */
    const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

    it.each([
      ['U+2000', bytes('\u2000')],
      ['U+00A0 as a byte', '\u00a0'],
      ['U+00A0 in UTF-8', bytes('\u00a0')],
      ['U+FEFF', bytes('\ufeff')],
      ['U+3000', bytes('\u3000')],
      ['a tab', '\t'],
    ])('are not shadowed by one that begins with %s', async (_name, prefix) => {
      const shadow = `x=1; ${prefix}${ACCESS}=${attacker.jar.get(ACCESS) ?? ''}`;
      const alone = await me(shadow);
      expect(alone.body).toMatchObject({ status: 401, code: 'authentication_required' });
      for (const both of [`${shadow}; ${cookieOf(ACCESS)}`, `${cookieOf(ACCESS)}; ${shadow}`]) {
        expect((await me(both)).body).toMatchObject({ id: victim.id });
      }
    });

    it('are sent once, in one header or in two', async () => {
      const second = `${ACCESS}=${attacker.jar.get(ACCESS) ?? ''}`;
      for (const twice of [
        [`${cookieOf(ACCESS)}; ${second}`],
        [`${second}; ${cookieOf(ACCESS)}`],
        [cookieOf(ACCESS), second],
        [`${cookieOf(ACCESS)};${cookieOf(ACCESS)}`],
      ]) {
        expect((await me(...twice)).body).toMatchObject(AMBIGUOUS);
      }
    });

    it('are found among hundreds, and what is too much is refused', async () => {
      const others = Array.from({ length: 200 }, (_, i) => `c${i}=${i}`).join('; ');
      expect((await me(`${others}; ${cookieOf(ACCESS)}`)).status).toBe(200);
      expect((await me(`big=${'x'.repeat(8192)}; ${cookieOf(ACCESS)}`)).status).toBe(200);
      expect((await me(`big=${'x'.repeat(16_384)}; ${cookieOf(ACCESS)}`)).status).toBe(431);
      expect((await me(`${ACCESS}=${'x'.repeat(8193)}`)).status).toBe(401);
    });

    it('tell nothing apart: a refresh or CSRF token is no access token', async () => {
      for (const name of [REFRESH, CSRF]) {
        const answer = await me(`${ACCESS}=${page.jar.get(name) ?? ''}`);
        expect(answer.body).toMatchObject({ status: 401, code: 'invalid_token' });
      }
    });
  });

  describe('across origins', () => {
    const preflight = (origin: string) =>
      app.api('OPTIONS', '/v1/auth/refresh', {
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-csrf-token',
        },
        conform: false,
      });
    const corsOf = ({ headers }: Answer) => ({
      origin: headers.get('access-control-allow-origin'),
      credentials: headers.get('access-control-allow-credentials'),
    });
    const NOTHING = { origin: null, credentials: null };

    it('serve the origins that are listed', async () => {
      const asked = await preflight(ALLOWED);
      expect(corsOf(asked)).toEqual({ origin: ALLOWED, credentials: 'true' });
      expect(asked.headers.get('access-control-allow-headers')).toContain('x-csrf-token');
      const headers = { origin: ALLOWED, 'sec-fetch-site': 'same-site' };
      const body = { displayName: 'Ada' };
      const answer = await page.call('PATCH', '/v1/auth/me', { headers, body });
      expect(answer.status).toBe(200);
      expect(corsOf(answer)).toEqual({ origin: ALLOWED, credentials: 'true' });
      expect(answer.headers.get('vary')).toMatch(/origin/i);
    });

    it.each([
      EVIL,
      'null',
      'http://app.signet.test.evil.test',
      'http://evil-app.signet.test',
      'https://app.signet.test',
      'http://app.signet.test:81',
      'http://signet.test',
    ])('show nothing to %s', async (origin) => {
      for (const answer of [
        await preflight(origin),
        await page.call('GET', '/v1/auth/me', { headers: { origin } }),
        await page.call('POST', '/v1/auth/login', { body: {}, headers: { origin } }),
      ]) {
        expect(corsOf(answer)).toEqual(NOTHING);
        expect(answer.headers.get('vary')).toMatch(/origin/i);
      }
    });

    it('go without credentials when cookies are off', async () => {
      const settings = { CORS_ORIGINS: ALLOWED, TOKEN_LOCATIONS: 'header' };
      const other = await startTestApp({ settings });
      try {
        const answer = await other.api('GET', '/health/live', { headers: { origin: ALLOWED } });
        expect(corsOf(answer)).toEqual({ origin: ALLOWED, credentials: null });
      } finally {
        await other.close();
      }
    });
  });
});
