import { choice, parsed } from '../../platform/settings/setting.js';
import {
  UNSAFE_METHODS,
  parseCookieDomain,
  parseCookieName,
  parseCookiePath,
  parseCsrfHeader,
  parseCsrfMethods,
  parseRefreshPath,
  parseTokenLocations,
} from '../cookie-settings.js';
import type { TokenLocation } from '../cookie-settings.js';
import { parseOrigins } from '../parsers.js';

/** Cookies, and which pages may call. */
export const browserSettings = {
  corsOrigins: parsed(
    'CORS_ORIGINS',
    'list of origins, separated by commas',
    {
      meaning:
        'Origins whose scripts may call the API from a browser, with the cookies of a sign-in when those are on. Default: none.',
      default: [] as readonly string[],
    },
    parseOrigins,
  ),
  tokenLocations: parsed(
    'TOKEN_LOCATIONS',
    'list of `header` and `cookie`',
    {
      meaning:
        'Where access tokens are taken from. `cookie` is on since it harms nobody who does not ask for it: only a sign-in with `"transport": "cookie"` sets cookies, and they never act without a CSRF token.',
      default: ['header', 'cookie'] as readonly TokenLocation[],
      defaultText: 'header,cookie',
    },
    parseTokenLocations,
  ),
  cookieAccessName: parsed(
    'COOKIE_ACCESS_NAME',
    'name of a cookie',
    {
      meaning:
        'Cookie of the access token. Default: `__Host-signet_at`, or `__Secure-signet_at` when `COOKIE_DOMAIN` or `COOKIE_PATH` is set.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieRefreshName: parsed(
    'COOKIE_REFRESH_NAME',
    'name of a cookie',
    {
      meaning: 'Cookie of the refresh token. Default: `__Secure-signet_rt`.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieCsrfName: parsed(
    'COOKIE_CSRF_NAME',
    'name of a cookie',
    {
      meaning:
        'Cookie of the CSRF token, readable for scripts. Default: `__Host-signet_csrf`, or `__Secure-signet_csrf` when `COOKIE_DOMAIN` is set.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieDomain: parsed(
    'COOKIE_DOMAIN',
    'domain',
    {
      meaning:
        'Domain whose hosts all get the cookies, and all can set them; `__Host-` is impossible then. Default: the host of Signet alone.',
      default: undefined,
    },
    parseCookieDomain,
  ),
  cookiePath: parsed(
    'COOKIE_PATH',
    'path',
    {
      meaning:
        'Path, as browsers see it, below which they send the access token. Other than `/`, `__Host-` is impossible.',
      default: '/',
      defaultText: '/',
    },
    parseCookiePath,
  ),
  cookieRefreshPath: parsed(
    'COOKIE_REFRESH_PATH',
    'path',
    {
      meaning:
        'Path, as browsers see it, of `POST /v1/auth/refresh`, where alone they send the refresh token. Set it when a proxy maps paths. Default: below the path of `ISSUER_URL`.',
      default: undefined,
    },
    parseRefreshPath,
  ),
  cookieSameSite: choice('COOKIE_SAMESITE', ['strict', 'lax'], {
    meaning:
      '`SameSite` of all cookies. `lax` sends them along when a link of another site opens a page, too. There is no `none`: it would send them from every site.',
    default: 'strict',
  }),
  cookieLifetime: choice('COOKIE_LIFETIME', ['session', 'token'], {
    meaning:
      'Whether cookies end with the browser (`session`) or with the token they hold (`token`, by `Max-Age`).',
    default: 'session',
  }),
  csrfHeader: parsed(
    'CSRF_HEADER',
    'name of a header, beginning with `X-`',
    {
      meaning: 'Header in which pages send the CSRF token.',
      default: 'X-CSRF-Token',
      defaultText: 'X-CSRF-Token',
    },
    parseCsrfHeader,
  ),
  csrfMethods: parsed(
    'CSRF_METHODS',
    'list of methods',
    {
      meaning:
        'Methods that need the CSRF token when a cookie authenticates. `GET` and `HEAD` can be added; none can be left out.',
      default: UNSAFE_METHODS,
      defaultText: UNSAFE_METHODS.join(','),
    },
    parseCsrfMethods,
  ),
};
