/** Where the endpoints are, below the issuer. */
export const TOKEN_PATH = 'oauth/token';
export const INTROSPECTION_PATH = 'oauth/introspect';
export const REVOCATION_PATH = 'oauth/revoke';
export const METADATA_PATH = '.well-known/oauth-authorization-server';

/** The address under which others reach the path. */
export function addressOf(issuer: string, path: string): string {
  return `${issuer}/${path}`;
}

/**
 * RFC 8414 3.1 puts the path of an issuer behind the well-known one: the metadata of
 * `https://example.com/auth` is at `https://example.com/.well-known/oauth-authorization-server/auth`.
 *
 * @returns what leads requests for that address to the metadata; undefined when the issuer has no path.
 */
export function metadataAlias(
  issuer: string,
): ((request: { readonly url?: string | undefined }) => string) | undefined {
  const { pathname } = new URL(issuer);
  if (pathname === '/') return undefined;
  const alias = `/${METADATA_PATH}${pathname}`;
  return ({ url = '' }) =>
    url === alias || url.startsWith(`${alias}?`)
      ? `/${METADATA_PATH}${url.slice(alias.length)}`
      : url;
}
