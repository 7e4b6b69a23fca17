import { isIP } from 'node:net';

/** A URL of http or https without query, fragment or credentials; no trailing slash (RFC 8414 2). */
export function parseHttpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.search === '' && url.hash === '' && url.username === '';
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new Error('must be an http or https URL without query, fragment or user');
  }
  if (text.endsWith('/')) throw new Error('must not end with a slash');
  return text;
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

/** A hop count, or the addresses and networks of the proxies. */
export function parseTrustProxy(text: string): number | readonly string[] {
  if (/^[1-9]$/.test(text)) return Number(text);
  const networks = text.split(',').map((item) => item.trim());
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const family = isIP(address);
    const bitsFine =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    if (family === 0 || !bitsFine || more.length > 0) {
      throw new Error(
        'must be a number of proxies from 1 to 9, or a list of addresses and networks',
      );
    }
  }
  return networks;
}
