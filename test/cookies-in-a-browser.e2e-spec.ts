import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Header, Module } from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Public } from '../src/access/access.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { startBrowser } from './support/browser.js';
import { ACCESS, CSRF, REFRESH } from './support/fake-page.js';

// A browser on a busy machine needs its time.
jest.setTimeout(90_000);

/** The client of docs/browsers.md, to the letter. */
function documentedClient(): string {
  const guide = readFileSync(new URL('../docs/browsers.md', import.meta.url), 'utf8');
  const code = /```js\n(\/\/ signet\.js\n[^]*?)```/.exec(guide)?.[1];
  if (code === undefined) throw new Error('docs/browsers.md has no client');
  return code;
}

interface RequestLine {
  readonly msg: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

const POLICY = "default-src 'self'; form-action 'none'";

/** A front end on Signet's own origin, as a proxy would put it there. */
@Controller('app')
@Public()
class FrontEndController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(): string {
    return '<!doctype html><title>Front end</title><script type="module" src="/app/main.js"></script>';
  }

  @Get('main.js')
  @Header('Content-Type', 'text/javascript')
  main(): string {
    return `import { createSignet } from '/app/signet.js';
      window.signedOut = 0;
      window.signet = createSignet({ onSignedOut: () => window.signedOut++ });`;
  }

  @Get('signet.js')
  @Header('Content-Type', 'text/javascript')
  client(): string {
    return documentedClient();
  }
}

@Module({ controllers: [FrontEndController] })
class FrontEndModule {}

/**
 * The hosts. Chromium finds every `*.localhost` on this machine and takes it for secure. The first is a
 * site of its own, the second belongs to the same site, the third to another one.
 */
const OWN = 'team.localhost';
const NEIGHBOUR = 'evil.team.localhost';
const FOREIGN = 'evil.localhost';

describe('cookies in a browser', () => {
  let app: TestApp;
  let user: TestUser;
  let attackers: Server;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let own: string;

  const portOf = (server: Server) => (server.address() as AddressInfo).port; // it listens

  beforeAll(async () => {
    app = await startTestApp({ extraModule: FrontEndModule });
    own = `http://${OWN}:${new URL(app.url).port}`;
    user = await app.createUser({ roles: ['editor'] });
    attackers = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><body>A prize!</body>');
    });
    await new Promise<void>((resolve) => attackers.listen(0, '127.0.0.1', resolve));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    attackers.close();
    await app.close();
  });

  beforeEach(async () => {
    context = await browser.newContext();
    page = await openFrontEnd();
    expect(await run(page, signIn(user))).toBe(200);
  });
  afterEach(() => context.close());

  async function openFrontEnd(): Promise<Page> {
    const opened = await context.newPage();
    await opened.goto(`${own}/app`);
    await opened.waitForFunction('window.signet !== undefined');
    return opened;
  }

  const run = <T>(where: Page, script: string) =>
    where.evaluate<T>(`(async () => { ${script} })()`);

  const signIn = ({ email, password }: { email: string; password: string }) =>
    `return (await signet.signIn(${JSON.stringify(email)}, ${JSON.stringify(password)})).status`;

  const ME = `return (await signet.fetch('/v1/auth/me')).status`;

  const WRITE = `const answer = await signet.fetch('/v1/auth/me', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ displayName: 'Ada' }),
    });
    return answer.status`;

  /** Lets the access token expire, and waits until the server has noticed the new time. */
  async function expire(): Promise<void> {
    app.clock.advance(app.settings.accessTokenTtl + app.settings.clockLeeway + 1);
    await app.api('GET', '/health/live');
  }

  /** The answers that a page gets for a path from now on. */
  function watch(where: Page, path: string): number[] {
    const statuses: number[] = [];
    where.on('response', (response) => {
      if (new URL(response.url()).pathname === path) statuses.push(response.status());
    });
    return statuses;
  }

  /** What the server answered since then: the browser shows a page nothing of a blocked answer. */
  async function served(begin: number, count: number): Promise<readonly string[]> {
    for (let wait = 0; ; wait++) {
      const lines = app.logs.slice(begin).map((line) => JSON.parse(line) as RequestLine);
      const requests = lines.filter(({ msg }) => msg === 'request');
      if (requests.length >= count || wait === 50) {
        return requests.map(({ method, route, status }) => `${method} ${route} ${status}`);
      }
      await sleep(20);
    }
  }

  async function cookies(): Promise<Readonly<Record<string, object>>> {
    const kept = await context.cookies([own, `${own}/v1/auth/refresh`]);
    const entries = kept.map(({ name, path, domain, httpOnly, secure, sameSite, expires }) => {
      return [name, { path, domain, httpOnly, secure, sameSite, expires }] as const;
    });
    return Object.fromEntries(entries);
  }

  it('are kept as meant, and hold what no script of the page can see', async () => {
    const common = { domain: OWN, secure: true, sameSite: 'Strict', expires: -1 };
    expect(await cookies()).toEqual({
      [ACCESS]: { path: '/', httpOnly: true, ...common },
      [REFRESH]: { path: '/v1/auth/refresh', httpOnly: true, ...common },
      [CSRF]: { path: '/', httpOnly: false, ...common },
    });
    const visible = await run<string>(
      page,
      'return document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })',
    );
    expect(visible).toContain(CSRF);
    for (const hidden of [ACCESS, REFRESH, 'eyJ']) expect(visible).not.toContain(hidden);
  });

  it('sign in, read, write, refresh and sign out with the documented client', async () => {
    expect(await run(page, ME)).toBe(200);
    expect(await run(page, WRITE)).toBe(200);
    const refreshes = watch(page, '/v1/auth/refresh');
    await expire();
    expect(await run(page, WRITE)).toBe(200);
    expect(refreshes).toEqual([200]);
    expect(await run(page, 'return (await signet.signOut()).status')).toBe(204);
    expect(await cookies()).toEqual({});
    expect(await run(page, ME)).toBe(401);
    expect(await run(page, 'return window.signedOut')).toBe(1);
    expect(refreshes).toEqual([200, 400]);
    expect(await run(page, signIn(user))).toBe(200);
    expect(await run(page, ME)).toBe(200);
  });

  it('are refreshed once for many callers in several tabs', async () => {
    const tabs = [page, await openFrontEnd(), await openFrontEnd()];
    const refreshes = tabs.map((tab) => watch(tab, '/v1/auth/refresh'));
    const many = `const answers = await Promise.all(
        Array.from({ length: 10 }, () => signet.fetch('/v1/auth/me')));
      return answers.map((answer) => answer.status)`;
    // Slow enough for all tabs to have got their 401.
    let underWay = 0;
    let atOnce = 0;
    await context.route('**/v1/auth/refresh', async (route) => {
      atOnce = Math.max(atOnce, ++underWay);
      await sleep(300);
      underWay--;
      await route.continue();
    });
    await expire();
    const statuses = await Promise.all(tabs.map((tab) => run<number[]>(tab, many)));
    expect(statuses.flat()).toEqual(Array(30).fill(200));
    // One tab after the other. Most find that it is done; but Chromium tells its tabs of each other's
    // localStorage a moment later than it hands on a lock, and a busy machine makes that moment long.
    expect(atOnce).toBe(1);
    for (const ofTab of refreshes) expect(ofTab.slice(1)).toEqual([]);
  });

  it('tell a page once that the session is over, and leave it alone with a wrong password', async () => {
    const password = JSON.stringify({
      currentPassword: 'not the one',
      newPassword: 'x'.repeat(40),
    });
    const wrong = `return (await signet.fetch('/v1/auth/password', { method: 'PUT',
      headers: { 'Content-Type': 'application/json' }, body: ${JSON.stringify(password)} })).status`;
    expect(await run(page, wrong)).toBe(403);
    expect(await run(page, 'return window.signedOut')).toBe(0);
    const { token } = await app.admin();
    const path = `/v1/users/${user.id}/revoke-tokens`;
    expect((await app.api('POST', path, { token })).status).toBe(200);
    const many = `const answers = await Promise.all([1, 2, 3].map(() => signet.fetch('/v1/auth/me')));
      return [...answers.map((answer) => answer.status), window.signedOut]`;
    expect(await run(page, many)).toEqual([401, 401, 401, 1]);
  });

  it('do not act without the CSRF token, on our own page either', async () => {
    const bare = `return (await fetch('/v1/auth/logout', { method: 'POST' })).status`;
    expect(await run(page, bare)).toBe(403);
    expect(await run(page, ME)).toBe(200);
  });

  describe.each([
    ['a neighbour on the same site, which the cookies are sent for', NEIGHBOUR, 403],
    ['another site', FOREIGN, 401],
  ])('against %s', (_what, host, refusal) => {
    let evil: Page;
    beforeEach(async () => {
      evil = await context.newPage();
      await evil.goto(`http://${host}:${portOf(attackers)}/`);
    });

    const attempt = (path: string, init: string) =>
      run<string>(
        evil,
        `return fetch('${own}${path}', { credentials: 'include', ${init} })
          .then((answer) => answer.type, (error) => error.name)`,
      );

    /** Submits a form; its answer is a page. */
    async function submit(path: string, enctype: string, fields: object): Promise<number> {
      const answered = evil.waitForResponse((response) => response.url() === `${own}${path}`);
      await run(
        evil,
        `const form = Object.assign(document.createElement('form'),
            { method: 'post', action: '${own}${path}', enctype: '${enctype}' });
          for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
            form.append(Object.assign(document.createElement('input'), { name, value }));
          document.body.append(form);
          form.submit()`,
      );
      await evil.waitForURL(`${own}${path}`);
      return (await answered).status();
    }

    it('refuse what it sends without asking', async () => {
      const begin = app.logs.length;
      await attempt('/v1/auth/logout', `method: 'POST', mode: 'no-cors'`);
      await attempt('/v1/auth/refresh', `method: 'POST', mode: 'no-cors'`);
      // Without its cookie a refresh is just a request that lacks something.
      const refreshed = refusal === 401 ? 400 : refusal;
      expect(await served(begin, 2)).toEqual([
        `POST /v1/auth/logout ${refusal}`,
        `POST /v1/auth/refresh ${refreshed}`,
      ]);
      expect(await run(page, ME)).toBe(200);
      expect(await run(page, 'return window.signedOut')).toBe(0);
    });

    it('refuse its forms', async () => {
      // Plain text can be made to look like JSON: `name=value` with the `=` inside a string.
      const json = { '{"identifier":"x","password":"y","transport":"cookie","a":"': '"}' };
      expect(await submit('/v1/auth/login', 'text/plain', json)).toBe(415);
      await evil.goto(`http://${host}:${portOf(attackers)}/`);
      const fields = { a: 'b' };
      expect(await submit('/v1/auth/logout', 'application/x-www-form-urlencoded', fields)).toBe(
        415,
      );
      expect(await run(page, ME)).toBe(200);
    });

    it('refuse what it must ask for, though it has found out the CSRF token', async () => {
      const csrf = (await context.cookies(own)).find(({ name }) => name === CSRF)?.value ?? '';
      const begin = app.logs.length;
      const headers = `headers: { 'X-CSRF-Token': '${csrf}', 'Content-Type': 'application/json' }`;
      const body = `body: '{"displayName":"Mallory"}'`;
      expect(await attempt('/v1/auth/me', `method: 'PATCH', ${headers}, ${body}`)).toBe(
        'TypeError',
      );
      // The browser asks first, and is not told yes.
      expect(await served(begin, 1)).toEqual([expect.stringMatching(/^OPTIONS .* 40[45]$/)]);
      const name = `return (await (await signet.fetch('/v1/auth/me')).json()).displayName`;
      expect(await run(page, name)).not.toBe('Mallory');
    });

    it('show it nothing', async () => {
      expect(await attempt('/v1/auth/me', '')).toBe('TypeError');
      expect(await attempt('/v1/auth/me', `mode: 'no-cors'`)).toBe('TypeError');
      expect(await run(evil, 'return document.cookie')).toBe('');
    });
  });

  it('cannot be replaced by a neighbour who tosses cookies of its own session', async () => {
    const attacker = await app.createUser();
    const theirs = await app.login(attacker.username, attacker.password);
    const evil = await context.newPage();
    await evil.goto(`http://${NEIGHBOUR}:${portOf(attackers)}/`);
    const toss = (name: string, value: string, path: string) =>
      run(evil, `document.cookie = '${name}=${value}; Domain=${OWN}; Path=${path}; Secure'`);
    await toss(ACCESS, theirs.access_token, '/');
    await toss(CSRF, 'of-the-attacker', '/');
    await toss(REFRESH, theirs.refresh_token, '/v1/auth/refresh');
    // The browser takes no `__Host-` cookie with a domain; the refresh cookie is now there twice.
    const whoAmI = `return (await (await signet.fetch('/v1/auth/me')).json()).id`;
    expect(await run(page, whoAmI)).toBe(user.id);
    const refreshes = watch(page, '/v1/auth/refresh');
    await expire();
    expect(await run(page, ME)).toBe(401);
    expect(refreshes).toEqual([400]);

    // Where nobody is signed in, the attacker's refresh token is alone, and still nobody's.
    await context.clearCookies();
    await toss(REFRESH, theirs.refresh_token, '/v1/auth/refresh');
    const refresh = `return (await fetch('/v1/auth/refresh', { method: 'POST',
      headers: { 'X-CSRF-Token': localStorage.getItem('signet-csrf') } })).status`;
    expect(await run(page, refresh)).toBe(403);
    expect(Object.keys(await cookies())).toEqual([REFRESH]);
  });
});
