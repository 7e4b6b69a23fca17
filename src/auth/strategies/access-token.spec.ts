import { describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { loadSettings } from '../../config/settings.js';
import { TokenCookies } from '../cookies/token-cookies.js';
import { AccessTokens } from './access-token.js';

const BEARER = { authorization: 'Bearer h.h.h' };
const COOKIE = { cookie: 'other=1; __Host-signet_at=c.c.c' };

function found(
  headers: Readonly<Record<string, string>>,
  locations = 'header,cookie',
  headerOnly = false,
) {
  const settings = loadSettings({ TOKEN_LOCATIONS: locations });
  const tokens = new AccessTokens(new TokenCookies(settings), settings);
  const rawHeaders = Object.entries(headers).flat();
  return tokens.of({ headers, raw: { rawHeaders } }, headerOnly);
}

describe('the access token of a request', () => {
  it('is in the header or in the cookie', () => {
    expect(found(BEARER)).toEqual({ token: 'h.h.h', location: 'header' });
    expect(found(COOKIE)).toEqual({ token: 'c.c.c', location: 'cookie' });
    expect(found({})).toBeUndefined();
  });

  it('is not in both: which one is meant?', () => {
    expect(() => found({ ...BEARER, ...COOKIE })).toThrow(AmbiguousCredentials);
    expect(() => found({ ...BEARER, ...COOKIE }, 'cookie')).toThrow(AmbiguousCredentials);
  });

  it('stands beside cookies that are none of ours', () => {
    const other = { cookie: 'sid=1; __Host-signet_csrf=x; __Secure-signet_rt=y' };
    expect(found({ ...BEARER, ...other })).toEqual({ token: 'h.h.h', location: 'header' });
  });

  it('is only where the settings let it be', () => {
    expect(found(COOKIE, 'header')).toBeUndefined();
    expect(found({ ...BEARER, ...COOKIE }, 'header')?.token).toBe('h.h.h');
    expect(found(BEARER, 'cookie')).toBeUndefined();
    expect(found(COOKIE, 'cookie')?.token).toBe('c.c.c');
  });

  it('is never in a cookie on a route that takes the header only', () => {
    expect(found(COOKIE, 'header,cookie', true)).toBeUndefined();
    expect(found({ ...BEARER, ...COOKIE }, 'header,cookie', true)?.token).toBe('h.h.h');
  });
});
