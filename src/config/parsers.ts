import { isIP } from 'node:net';

/**
 * A URL of http or https without query, fragment or credentials; no trailing slash (RFC 8414 2). It is
 * compared as text, so nothing may be in it that `URL` would quietly drop: spaces, a lone `?` or `#`.
 */
export function parseHttpUrl(text: string): string {
  const url = URL.canParse(text) && !/[\s?#]/.test(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '';
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new Error('must be an http or https URL without query, fragment or user');
  }
  if (text.endsWith('/')) throw new Error('must not end with a slash');
  return text;
}

/** Identifiers of audiences, compared as text. */
export function parseAudiences(text: string): readonly string[] {
  return text.split(',').map((item) => {
    const audience = item.trim();
    if (!URL.canParse(audience) || /\s/.test(audience))
      throw new Error('must be a list of absolute URIs');
    return audience;
  });
}

/** Origins as browsers send them, e.g. `https://app.example.com`. */
export function parseOrigins(text: string): readonly string[] {
  return text.split(',').map((item) => {
    const origin = item.trim();
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || !origin.startsWith('http')) {
      throw new Error('must be a list of origins such as https://app.example.com; no wildcards');
    }
    return origin;
  });
}

/**
 * The address of a Redis. A number as path chooses a database there, which makes no difference to messages.
 *
 * @throws Error that never repeats the URL, which may hold a password.
 */
export function parseRedisUrl(text: string): string {
  const url = URL.canParse(text) && !/\s/.test(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error('must look like redis://user:password@host:port, or rediss://...');
  }
  if (url.search !== '' || url.hash !== '' || !/^\/?\d{0,5}$/.test(url.pathname)) {
    throw new Error('takes no query parameters, and no path but the number of a database');
  }
  for (const part of [url.username, url.password]) {
    if (!isPercentEncoded(part)) throw new Error('must have its user and password percent-encoded');
  }
  return text;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false; // such as a lone `%`
  }
}

/** A hop count, or the addresses and networks of the proxies. */
export function parseTrustProxy(text: string): number | readonly string[] {
  if (/^[1-9]$/.test(text)) return Number(text);
  const networks = text.split(',').map((item) => item.trim());
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const family = isIP(address);
    const bitsFine =
      bits === undefined ||
      // Not 0: everybody's network is `true` under another name.
      (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    if (family === 0 || !bitsFine || more.length > 0) {
      throw new Error(
        'must be a number of proxies from 1 to 9, or a list of addresses and networks',
      );
    }
  }
  return networks;
}
