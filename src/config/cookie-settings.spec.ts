import { describe, expect, it } from '@jest/globals';
import { BadConfiguration } from '../platform/settings/read-settings.js';
import { loadSettings } from './settings.js';

type Env = Readonly<Record<string, string>>;

const ISSUER = { ISSUER_URL: 'https://id.example.com' };

function problemsOf(env: Env): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems;
    throw error;
  }
}

describe('cookies with nothing set', () => {
  it('are as narrow as browsers allow', () => {
    const { cookies, ...settings } = loadSettings(ISSUER);
    expect(cookies).toEqual({
      access: { name: '__Host-signet_at', path: '/' },
      refresh: { name: '__Secure-signet_rt', path: '/v1/auth/refresh' },
      csrf: { name: '__Host-signet_csrf', path: '/' },
      domain: undefined,
    });
    expect(settings).toMatchObject({
      tokenLocations: ['header', 'cookie'],
      cookieSameSite: 'strict',
      cookieLifetime: 'session',
      csrfHeader: 'X-CSRF-Token',
      csrfMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
    });
  });

  it('send the refresh token below the path of the issuer', () => {
    const { cookies } = loadSettings({ ISSUER_URL: 'https://example.com/sign/et' });
    expect(cookies.refresh.path).toBe('/sign/et/v1/auth/refresh');
  });
});

describe('cookies that are set up otherwise', () => {
  it('lose the prefix that a domain or a path makes impossible', () => {
    const forDomain = loadSettings({ ...ISSUER, COOKIE_DOMAIN: 'example.com' }).cookies;
    expect(forDomain.access.name).toBe('__Secure-signet_at');
    expect(forDomain.csrf.name).toBe('__Secure-signet_csrf');
    const forPath = loadSettings({ ...ISSUER, COOKIE_PATH: '/v1' }).cookies;
    expect(forPath.access).toEqual({ name: '__Secure-signet_at', path: '/v1' });
    expect(forPath.csrf).toEqual({ name: '__Host-signet_csrf', path: '/' });
  });

  it.each<[what: string, env: Env, problem: RegExp]>([
    [
      'a bound name and a domain',
      { COOKIE_DOMAIN: 'example.com', COOKIE_CSRF_NAME: '__Host-c' },
      /^COOKIE_DOMAIN and a cookie name with __Host- exclude each other/,
    ],
    [
      'a bound name and a path',
      { COOKIE_PATH: '/v1', COOKIE_ACCESS_NAME: '__Host-a' },
      /^COOKIE_PATH other than \/ and a COOKIE_ACCESS_NAME with __Host-/,
    ],
    [
      'a bound name of the refresh token',
      { COOKIE_REFRESH_NAME: '__Host-r' },
      /^COOKIE_REFRESH_NAME must not begin with __Host-/,
    ],
    [
      'equal names',
      { COOKIE_ACCESS_NAME: '__Host-x', COOKIE_CSRF_NAME: '__Host-x' },
      /^COOKIE_ACCESS_NAME, COOKIE_REFRESH_NAME and COOKIE_CSRF_NAME must differ/,
    ],
    ['a foreign domain', { COOKIE_DOMAIN: 'example.org' }, /^COOKIE_DOMAIN must be the host/],
    ['a domain below', { COOKIE_DOMAIN: 'a.id.example.com' }, /^COOKIE_DOMAIN must be the host/],
    ['a domain that only ends alike', { COOKIE_DOMAIN: 'ple.com' }, /^COOKIE_DOMAIN must be/],
    ['a host that is none', { ISSUER_URL: '', HOST: 'a b' }, /^HOST must be the name/],
  ])('stop the start with a sentence: %s', (_what, env, problem) => {
    const problems = problemsOf({ ...ISSUER, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it.each<[name: string, texts: readonly string[]]>([
    ['TOKEN_LOCATIONS', ['', ',', 'query', 'header,query', 'header,header', 'Header', 'json']],
    [
      'COOKIE_ACCESS_NAME',
      [
        'at',
        '__host-at',
        '__Host-',
        '__Host-a b',
        '__Host-a;b',
        '__Host-a=b',
        '__Host-ä',
        '__Host-a\n',
      ],
    ],
    [
      'COOKIE_DOMAIN',
      [
        '.example.com',
        'com',
        'Example.com',
        'localhost',
        '10.0.0.1',
        'a..com',
        '-a.com',
        'a.com;x',
        'example.com/',
      ],
    ],
    ['COOKIE_PATH', ['v1', '/v1/', '//', '/a;b', '/a b', '/../x?', '/%2e']],
    ['COOKIE_REFRESH_PATH', ['/', 'v1', '/v1/']],
    ['COOKIE_SAMESITE', ['none', 'None', 'Strict']],
    ['COOKIE_LIFETIME', ['forever', '1d']],
    [
      'CSRF_HEADER',
      ['Authorization', 'content-type', 'X-', 'X-Request-Id', 'X-Forwarded-For', 'X-A B', 'X-A:'],
    ],
    [
      'CSRF_METHODS',
      [
        'POST',
        'GET',
        'POST,PUT,PATCH',
        'POST,PUT,PATCH,DELETE,TRACE',
        'POST,POST,PUT,PATCH,DELETE',
        'post,put,patch,delete',
      ],
    ],
  ])('refuse %s', (name, texts) => {
    for (const text of texts.filter((candidate) => candidate !== '')) {
      const problems = problemsOf({ ...ISSUER, [name]: text });
      expect([text, problems.map((problem) => problem.split(' ')[0])]).toEqual([text, [name]]);
    }
  });

  it('take what is fine', () => {
    expect(
      problemsOf({
        ...ISSUER,
        TOKEN_LOCATIONS: 'cookie, header',
        COOKIE_ACCESS_NAME: '__Secure-team-at',
        COOKIE_REFRESH_NAME: '__Secure-team-rt',
        COOKIE_CSRF_NAME: '__Secure-team-csrf',
        COOKIE_DOMAIN: 'id.example.com',
        COOKIE_PATH: '/api/v1.0',
        COOKIE_REFRESH_PATH: '/session/refresh',
        COOKIE_SAMESITE: 'lax',
        COOKIE_LIFETIME: 'token',
        CSRF_HEADER: 'x-xsrf-token',
        CSRF_METHODS: 'GET, POST, PUT, PATCH, DELETE',
      }),
    ).toEqual([]);
    expect(loadSettings({ TOKEN_LOCATIONS: 'cookie' }).tokenLocations).toEqual(['cookie']);
  });
});
