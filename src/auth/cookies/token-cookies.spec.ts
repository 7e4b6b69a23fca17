import { describe, expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { loadSettings } from '../../config/settings.js';
import { TokenCookies } from './token-cookies.js';

const CONTENTS = {
  accessToken: 'a.b.c',
  accessSeconds: 600,
  refreshToken: 'id.1.mac',
  csrfToken: 'random.mac',
};

type Env = Readonly<Record<string, string>>;

const cookiesWith = (env: Env = {}) => new TokenCookies(loadSettings(env));

/** The `Set-Cookie` lines of an answer. */
function linesOf(write: (reply: FastifyReply) => void): readonly string[] {
  let lines: readonly string[] = [];
  const reply = {
    header: (name: string, value: readonly string[]) => {
      expect(name).toBe('set-cookie');
      lines = value;
    },
  };
  write(reply as unknown as FastifyReply); // no more of it is called
  return lines;
}

const setBy = (env?: Env) => linesOf((reply) => cookiesWith(env).set(reply, CONTENTS));
const clearedBy = (env?: Env) => linesOf((reply) => cookiesWith(env).clear(reply));

describe('the cookies', () => {
  it('keep the tokens from scripts, from other hosts and from other sites', () => {
    expect(setBy()).toEqual([
      '__Host-signet_at=a.b.c; Path=/; Secure; SameSite=Strict; HttpOnly',
      '__Secure-signet_rt=id.1.mac; Path=/v1/auth/refresh; Secure; SameSite=Strict; HttpOnly',
      '__Host-signet_csrf=random.mac; Path=/; Secure; SameSite=Strict',
    ]);
  });

  it('are cleared under the attributes they were set with', () => {
    for (const env of [
      {},
      { ISSUER_URL: 'https://id.example.com/signet', COOKIE_DOMAIN: 'example.com' },
      { COOKIE_PATH: '/v1', COOKIE_SAMESITE: 'lax', COOKIE_LIFETIME: 'token' },
    ]) {
      const bare = (line: string) => line.replace(/=[^;]*/, '=').replace(/; Max-Age=\d+/, '');
      expect(clearedBy(env).map(bare)).toEqual(setBy(env).map(bare));
      expect(clearedBy(env).every((line) => /^[^=]+=; .*; Max-Age=0$/.test(line))).toBe(true);
    }
  });

  it('are what the settings say', () => {
    const env = {
      ISSUER_URL: 'https://id.example.com/signet',
      COOKIE_ACCESS_NAME: '__Secure-a',
      COOKIE_REFRESH_NAME: '__Secure-r',
      COOKIE_CSRF_NAME: '__Secure-c',
      COOKIE_DOMAIN: 'example.com',
      COOKIE_PATH: '/signet/v1',
      COOKIE_SAMESITE: 'lax',
      COOKIE_LIFETIME: 'token',
      REFRESH_TOKEN_IDLE_TTL: '1h',
    };
    const common = 'Secure; SameSite=Lax';
    expect(setBy(env)).toEqual([
      `__Secure-a=a.b.c; Domain=example.com; Path=/signet/v1; ${common}; HttpOnly; Max-Age=600`,
      `__Secure-r=id.1.mac; Domain=example.com; Path=/signet/v1/auth/refresh; ${common}; HttpOnly; Max-Age=3600`,
      `__Secure-c=random.mac; Domain=example.com; Path=/; ${common}; Max-Age=3600`,
    ]);
  });

  it('are read by their names', () => {
    const cookies = cookiesWith();
    const cookie = '__Host-signet_at=a; __Secure-signet_rt=r; __Host-signet_csrf=c';
    expect(cookies.accessTokenOf({ headers: { cookie } })).toBe('a');
    expect(cookies.refreshTokenOf({ headers: { cookie } })).toBe('r');
    expect(cookies.csrfTokenOf({ headers: { cookie } })).toBe('c');
    expect(cookies.accessTokenOf({ headers: {} })).toBeUndefined();
  });

  it('are not looked at when TOKEN_LOCATIONS leaves them out', () => {
    const cookies = cookiesWith({ TOKEN_LOCATIONS: 'header' });
    const twice = { headers: { cookie: '__Host-signet_at=a; __Host-signet_at=b' } };
    expect(cookies.accessTokenOf(twice)).toBeUndefined();
    expect(cookies.refreshTokenOf({ headers: { cookie: '__Secure-signet_rt=r' } })).toBeUndefined();
  });

  it('know how long an access token may be: 4096 bytes with name and attributes', () => {
    for (const env of [{}, { COOKIE_LIFETIME: 'token' }]) {
      const cookies = cookiesWith(env);
      const accessToken = 'x'.repeat(cookies.accessTokenMax);
      const contents = { ...CONTENTS, accessToken, accessSeconds: 9_999_999_999 };
      const [line = ''] = linesOf((reply) => cookies.set(reply, contents));
      expect(line.length).toBe(4096);
    }
  });
});
