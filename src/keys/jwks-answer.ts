import { createHash } from 'node:crypto';

/** How the key set is served, apart from what serves it: the mock issuer of packages/testing does the same. */
export interface JwksAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The answer with a key set to whoever has the one of the entity tag `known`. Others may keep it for
 * `maxAge` milliseconds, and scripts of every origin may read it.
 */
export function jwksAnswer(jwks: string, maxAge: number, known: string | undefined): JwksAnswer {
  const etag = `"${createHash('sha256').update(jwks).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'cache-control': `public, max-age=${Math.floor(maxAge / 1000)}`,
    'access-control-allow-origin': '*',
    etag,
  };
  if (known === etag) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/jwk-set+json' },
    body: jwks,
  };
}
