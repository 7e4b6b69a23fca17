import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { protect, securityHeaders } from './security-headers.js';

describe('protect', () => {
  let server: FastifyInstance;
  let origin: string;

  beforeAll(async () => {
    const headers = await securityHeaders();
    server = fastify();
    server.addHook('onRequest', (request, reply, done) => {
      protect(request, reply, headers, '/docs');
      done();
    });
    for (const path of ['/', '/docs', '/docs/*', '/docsish']) server.get(path, () => 'x');
    origin = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  const headersOf = async (path: string) =>
    Object.fromEntries((await fetch(origin + path)).headers);

  it.each(['/', '/nowhere', '/docsish', '/docs2', '/%64ocs2'])(
    'allows nothing at %s',
    async (url) => {
      expect(await headersOf(url)).toMatchObject({
        'content-security-policy':
          "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'strict-transport-security': 'max-age=31536000',
        'cache-control': 'no-store',
      });
    },
  );

  it.each(['/docs', '/docs/swagger-ui.css'])(
    'allows Swagger UI its own files at %s',
    async (url) => {
      const headers = await headersOf(url);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;" +
          "connect-src 'self';font-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    },
  );
});
