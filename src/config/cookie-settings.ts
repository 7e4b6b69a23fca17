import { isIP } from 'node:net';

/** Where an access token may be in a request. Never in a query string or a body: those end up in logs. */
export const TOKEN_LOCATIONS = ['header', 'cookie'] as const;
export type TokenLocation = (typeof TOKEN_LOCATIONS)[number];

/** Methods that change something. What a page of another site makes a browser send must not pass for ours. */
export const UNSAFE_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];
const METHODS: readonly string[] = ['GET', 'HEAD', ...UNSAFE_METHODS];

/** One cookie: what it is called, and where browsers send it. */
interface CookieScope {
  readonly name: string;
  readonly path: string;
}

/** The cookies of browsers that sign in with `transport: cookie`. */
export interface CookieSettings {
  readonly access: CookieScope;
  readonly refresh: CookieScope;
  readonly csrf: CookieScope;
  readonly domain: string | undefined;
}

/** The settings that cookies are made from; what is undefined was not set. */
interface CookieValues {
  readonly cookieAccessName: string | undefined;
  readonly cookieRefreshName: string | undefined;
  readonly cookieCsrfName: string | undefined;
  readonly cookieDomain: string | undefined;
  readonly cookiePath: string;
  readonly cookieRefreshPath: string | undefined;
}

/** Where a refresh token is exchanged, below the address of the issuer. */
const REFRESH_PATH = '/v1/auth/refresh';

/**
 * The cookies, checked for what browsers would refuse without a word.
 *
 * @param expect notes the problem when the condition does not hold.
 */
export function cookieSettings(
  values: CookieValues,
  issuer: string,
  expect: (fine: boolean, problem: string) => void,
): CookieSettings {
  const { cookieDomain: domain, cookiePath: path } = values;
  const prefix = (canBeBound: boolean) => (canBeBound ? '__Host-' : '__Secure-');
  const isOneHost = domain === undefined;
  const access = values.cookieAccessName ?? `${prefix(isOneHost && path === '/')}signet_at`;
  const refresh = values.cookieRefreshName ?? '__Secure-signet_rt';
  const csrf = values.cookieCsrfName ?? `${prefix(isOneHost)}signet_csrf`;
  const { hostname, pathname } = URL.canParse(issuer)
    ? new URL(issuer)
    : { hostname: '', pathname: '/' };

  const isBound = (name: string) => name.startsWith('__Host-');
  expect(hostname !== '', 'HOST must be the name or the address of a host');
  expect(
    isOneHost || ![access, refresh, csrf].some(isBound),
    'COOKIE_DOMAIN and a cookie name with __Host- exclude each other: browsers refuse such a cookie; use __Secure-',
  );
  expect(
    path === '/' || !isBound(access),
    'COOKIE_PATH other than / and a COOKIE_ACCESS_NAME with __Host- exclude each other: browsers refuse such a cookie; use __Secure-',
  );
  expect(
    !isBound(refresh),
    'COOKIE_REFRESH_NAME must not begin with __Host-, which demands Path=/: the refresh token is sent to COOKIE_REFRESH_PATH only; use __Secure-',
  );
  expect(
    new Set([access, refresh, csrf]).size === 3,
    'COOKIE_ACCESS_NAME, COOKIE_REFRESH_NAME and COOKIE_CSRF_NAME must differ',
  );
  expect(
    domain === undefined || isAbove(domain, hostname),
    'COOKIE_DOMAIN must be the host of ISSUER_URL or a domain above it: browsers refuse any other',
  );
  const below = pathname === '/' ? '' : pathname;
  return {
    access: { name: access, path },
    refresh: { name: refresh, path: values.cookieRefreshPath ?? `${below}${REFRESH_PATH}` },
    // Readable for the pages of the front end, wherever on the host they are.
    csrf: { name: csrf, path: '/' },
    domain,
  };
}

function isAbove(domain: string, host: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** One or more of `header` and `cookie`. */
export function parseTokenLocations(text: string): readonly TokenLocation[] {
  const names = text.split(',').map((name) => name.trim());
  const known = TOKEN_LOCATIONS.filter((location) => names.includes(location));
  if (known.length !== names.length) throw new Error('must be header, cookie or header,cookie');
  return known;
}

/**
 * The name of a cookie. Only with one of the prefixes: with them a browser refuses what comes without
 * TLS, and with `__Host-` what a neighbouring host sets, too.
 */
export function parseCookieName(text: string): string {
  if (!/^__(?:Host|Secure)-[A-Za-z0-9_-]{1,64}$/.test(text)) {
    throw new Error('must be __Host- or __Secure- followed by letters, digits, - and _');
  }
  return text;
}

/** A domain as in `Domain=`: lower case, at least two labels, no address. */
export function parseCookieDomain(text: string): string {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  const isDomain = new RegExp(`^${label}(?:\\.${label})+$`).test(text) && text.length <= 253;
  if (!isDomain || isIP(text) !== 0) {
    throw new Error(
      'must be a domain such as example.com, in lower case and without a leading dot',
    );
  }
  return text;
}

/** A path as in `Path=`: from the root, without a slash at its end. */
export function parseCookiePath(text: string): string {
  if (text !== '/' && !/^(?:\/[A-Za-z0-9._~-]+)+$/.test(text)) {
    throw new Error('must be / or a path such as /v1, without a slash at its end');
  }
  return text;
}

/** The path of refreshing, which is the point of a cookie of its own. */
export function parseRefreshPath(text: string): string {
  if (text === '/') throw new Error('must not be /: then the refresh token went along everywhere');
  return parseCookiePath(text);
}

/**
 * A header of our own. Its name must be one that a page of another origin may not send without asking
 * first, nor a proxy be adding.
 */
export function parseCsrfHeader(text: string): string {
  if (!/^x-[a-z0-9-]{1,60}$/i.test(text) || /^x-(?:request-id$|real-|forwarded)/i.test(text)) {
    throw new Error('must begin with X- and be no header of proxies, such as X-CSRF-Token');
  }
  return text;
}

/** Methods for which a cookie alone is not enough. */
export function parseCsrfMethods(text: string): readonly string[] {
  const methods = text.split(',').map((method) => method.trim());
  const unknown = methods.some((method) => !METHODS.includes(method));
  if (unknown || new Set(methods).size !== methods.length) {
    throw new Error(`must be a list of ${METHODS.join(', ')}, each once`);
  }
  if (!UNSAFE_METHODS.every((method) => methods.includes(method))) {
    throw new Error(`must have ${UNSAFE_METHODS.join(', ')}: without them other sites could act`);
  }
  return methods;
}
