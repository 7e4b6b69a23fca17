import type { FastifyInstance } from 'fastify';
import { MalformedRequest } from './problems.js';

/**
 * Refuses a request with two `Host` headers, or with none since HTTP/1.1 (RFC 9112 3.2). Node takes
 * the first of two, a proxy before us perhaps the last.
 */
export function expectOneHost(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    const hosts = countHosts(raw.rawHeaders);
    const isFine = hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0');
    done(isFine ? undefined : new MalformedRequest({ detail: 'A request has exactly one Host' }));
  });
}

/** `rawHeaders` is names and values in turn. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}
