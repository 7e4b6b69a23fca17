import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser says that the request comes from a page of ours, or of an origin that may call us.
 * Neither header can be set by a page's scripts. `Origin` goes first, since an allowed origin of the same
 * site is `same-site` to `Sec-Fetch-Site`; where `Sec-Fetch-Site` is missing (plain http, older browsers)
 * it decides alone. Who sends neither is no browser that could be trusted here, and is refused.
 *
 * `Origin: null` is what sandboxed frames and some redirects send: anybody's page.
 */
export function isFromOwnPage(
  headers: IncomingHttpHeaders,
  allowedOrigins: ReadonlySet<string>,
): boolean {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined) return site === 'same-origin' || site === 'none';
  if (origin === 'null') return false;
  return site === 'same-origin' || allowedOrigins.has(origin);
}
