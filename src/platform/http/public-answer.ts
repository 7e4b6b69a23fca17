import { createHash } from 'node:crypto';

/** An answer for everybody, apart from what serves it. */
export interface PublicAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The answer to whoever has the content of the entity tag `known`. Others may keep it for `maxAge`
 * milliseconds, and scripts of every origin may read it.
 */
export function publicAnswer(
  content: string,
  contentType: string,
  maxAge: number,
  known: string | undefined,
): PublicAnswer {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return taggedAnswer(content, etag, contentType, maxAge, known);
}

/** The same for content that has an entity tag already. */
export function taggedAnswer(
  content: string,
  etag: string,
  contentType: string,
  maxAge: number,
  known: string | undefined,
): PublicAnswer {
  const headers = {
    'cache-control': `public, max-age=${Math.floor(maxAge / 1000)}`,
    'access-control-allow-origin': '*',
    etag,
  };
  if (known === etag) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'content-type': contentType }, body: content };
}
