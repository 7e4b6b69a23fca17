import { beforeEach, describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { loadSettings } from '../../config/settings.js';
import type { ServerSecrets } from '../../keys/server-secrets.js';
import { CsrfFailed } from './cookies.errors.js';
import { CsrfService } from './csrf.service.js';
import { TokenCookies } from './token-cookies.js';

const SESSION = '0b0c8d0c-6a9f-4d0e-9e55-0d8f1d3a7a11';
const OTHER = '1b0c8d0c-6a9f-4d0e-9e55-0d8f1d3a7a11';
const ENV = { ISSUER_URL: 'https://id.example.com', CORS_ORIGINS: 'https://app.example.com' };
const SECRETS = { get: () => Buffer.alloc(32, 7) } as unknown as ServerSecrets; // `get` is all that is called

function service(env: Readonly<Record<string, string>> = {}): CsrfService {
  const settings = loadSettings({ ...ENV, ...env });
  return new CsrfService(new TokenCookies(settings), SECRETS, settings);
}

describe('CsrfService', () => {
  let csrf: CsrfService;
  let token: string;
  beforeEach(() => {
    csrf = service();
    token = csrf.tokenFor(SESSION);
  });

  const request = (method: string, headers: Readonly<Record<string, string>> = {}) => ({
    method,
    headers: {
      origin: 'https://id.example.com',
      'x-csrf-token': token,
      cookie: `__Host-signet_csrf=${token}`,
      ...headers,
    },
  });

  it('lets a page of ours act that sends the token of the session twice', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(() => csrf.protect(request(method), SESSION)).not.toThrow();
    }
    expect(csrf.verify(request('POST', { origin: 'https://app.example.com' }), SESSION)).toBe(
      token,
    );
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses a bare %s', (method) => {
    expect(() => csrf.protect({ method, headers: {} }, SESSION)).toThrow(CsrfFailed);
  });

  it('lets everybody read, since nobody else can see the answer', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(() => csrf.protect({ method, headers: {} }, SESSION)).not.toThrow();
    }
    const strict = service({ CSRF_METHODS: 'GET,HEAD,POST,PUT,PATCH,DELETE' });
    expect(() => strict.protect({ method: 'GET', headers: {} }, SESSION)).toThrow(CsrfFailed);
  });

  it('wants all of it: the page, the header, the cookie, and the session', () => {
    const mine = csrf.tokenFor(SESSION);
    const theirs = csrf.tokenFor(OTHER);
    const unbound = `${'A'.repeat(22)}.${'A'.repeat(43)}`;
    const both = (value: string) => ({
      'x-csrf-token': value,
      cookie: `__Host-signet_csrf=${value}`,
    });
    const wrong: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'another origin': { origin: 'https://evil.test' },
      'a frame without an origin': { origin: 'null' },
      'another token in the header': { 'x-csrf-token': mine },
      'another token in the cookie': { cookie: `__Host-signet_csrf=${mine}` },
      'the token of another session in both': both(theirs),
      'the same made-up value in both': both(unbound),
      'the same nothing in both': both(''),
      'no cookie': { cookie: 'x=1' },
      'the header twice': { 'x-csrf-token': `${token}, ${token}` },
    };
    for (const [what, headers] of Object.entries(wrong)) {
      const attempt = () => csrf.verify(request('POST', headers), SESSION);
      expect([what, attempt]).toEqual([what, expect.any(Function)]);
      expect(attempt).toThrow(CsrfFailed);
    }
    const { 'x-csrf-token': _, ...headers } = request('POST').headers;
    expect(() => csrf.verify({ method: 'POST', headers }, SESSION)).toThrow(CsrfFailed);
  });

  it('does not choose between two cookies', () => {
    const cookie = `__Host-signet_csrf=${token}; __Host-signet_csrf=${token}`;
    expect(() => csrf.verify(request('POST', { cookie }), SESSION)).toThrow(AmbiguousCredentials);
  });

  it('reads the header that the settings name, and no other', () => {
    const other = service({ CSRF_HEADER: 'X-XSRF-Token' });
    expect(() => other.verify(request('POST'), SESSION)).toThrow(CsrfFailed);
    expect(other.verify(request('POST', { 'x-xsrf-token': token }), SESSION)).toBe(token);
  });

  it('needs no session to keep other sites from signing people in', () => {
    expect(() => csrf.expectOwnPage(request('POST'))).not.toThrow();
    expect(() => csrf.expectOwnPage({ method: 'POST', headers: {} })).toThrow(CsrfFailed);
  });
});
