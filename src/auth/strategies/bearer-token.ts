import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AmbiguousCredentials, InvalidToken } from '../../access/access.errors.js';

/** RFC 6750 2.1, to the end of the line: text after the token is not ignored. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** What this file reads of a request. */
export interface HeaderSource {
  readonly headers: IncomingHttpHeaders;
  readonly raw: Pick<IncomingMessage, 'rawHeaders'>;
}

/**
 * The access token in the Authorization header; undefined when there is none. Query strings and bodies do
 * not count: they end up in logs and histories.
 *
 * @throws AmbiguousCredentials when the header was sent twice: Node keeps one of them, a proxy perhaps the other.
 * @throws InvalidToken when the Bearer scheme is followed by something that is no token.
 */
export function bearerToken({ headers, raw }: HeaderSource): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  if (countHeader(raw.rawHeaders, 'authorization') > 1) throw new AmbiguousCredentials();
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined && /^Bearer(?: |$)/i.test(authorization)) throw new InvalidToken();
  return token;
}

function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i];
    if (header?.length === name.length && header.toLowerCase() === name) count++;
  }
  return count;
}
