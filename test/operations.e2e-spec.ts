import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Startup } from '../src/operations/startup.js';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { send } from './support/http.js';
import type { Answer, Call } from './support/http.js';

const METRICS_TOKEN = 'Vn4-metrics-81xZq-token-77';
const ORIGIN = 'https://app.example.com';
const STRICT = "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'";
const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends bytes as they are and reads until the server closes. */
function raw(app: TestApp, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(Number(new URL(app.url).port), '127.0.0.1')
      .on('data', (chunk) => (answer += chunk.toString()))
      .on('error', reject)
      .on('close', () => {
        resolve(answer);
      })
      .write(text);
  });
}

/** A request that no HTTP client would send, answered and closed. */
const rawRequest = (app: TestApp, line: string, headers = '') =>
  raw(app, `${line} HTTP/1.1\r\nHost: signet.test\r\nConnection: close\r\n${headers}\r\n`);

/** What every refusal must look like, whoever in the stack it comes from. */
function expectProblem({ status, headers, body }: Answer, wanted: number, code: string): void {
  expect(status).toBe(wanted);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ type: `urn:signet:problem:${code}`, status: wanted, code });
  expect(headers.get('x-request-id')).toBe((body as { requestId: string }).requestId);
  expect(headers.get('content-security-policy')).toBe(STRICT);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(JSON.stringify(body)).not.toMatch(/node_modules|Error:|Cannot (?:GET|POST)/);
}

/** The same for an answer that was read as bytes. */
function expectRawProblem(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const lines = head.split('\r\n').slice(1);
  const headers = new Headers(lines.map((line) => line.split(': ') as [string, string])); // by HTTP
  expectProblem(
    { status: Number(head.split(' ')[1]), headers, body: JSON.parse(body) as unknown },
    status,
    code,
  );
  expect(headers.get('connection')).toBe('close');
}

describe('operations', () => {
  let app: TestApp;
  let call: (method: string, path: string, options?: Call) => Promise<Answer>;

  beforeAll(async () => {
    app = await startTestApp();
    call = (method, path, options) => send(app.url, undefined, method, path, options);
  });
  afterAll(() => app.close());

  describe('health', () => {
    it('is live and ready, and says no more than that', async () => {
      expect((await app.api('GET', '/health/live')).body).toEqual({ status: 'ok' });
      expect((await app.api('GET', '/health/ready')).body).toEqual({
        status: 'ok',
        checks: { startup: 'ok', database: 'ok', keys: 'ok', revocations: 'ok' },
      });
    });

    it('turns unready when the revocations are stale, and stays live', async () => {
      const stale = await startTestApp();
      await stale.nest.get(RevocationFeed).stop();
      stale.clock.advance(3_600_000);
      const answer = await send(stale.url, undefined, 'GET', '/health/ready');
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({
        status: 'failing',
        checks: { revocations: 'failing', database: 'ok' },
      });
      expect((await send(stale.url, undefined, 'GET', '/health/live')).status).toBe(200);
      await stale.close();
    });

    it('turns unready when the database is gone or shutdown begins, and stays live', async () => {
      const other = await startTestApp();
      const ready = async () => (await send(other.url, undefined, 'GET', '/health/ready')).body;
      other.nest.get(Startup).beginShutdown();
      expect(await ready()).toMatchObject({
        status: 'failing',
        checks: { startup: 'failing', database: 'ok' },
      });
      await other.database.dataSource.destroy();
      expect(await ready()).toMatchObject({ checks: { database: 'failing' } });
      expect((await send(other.url, undefined, 'GET', '/health/live')).status).toBe(200);
      await other.close();
    });
  });

  describe('metrics', () => {
    it('are there for direct callers from this machine', async () => {
      await call('GET', '/health/live');
      const { status, headers, body } = await call('GET', '/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/plain/);
      expect(body).toMatch(/^signet_revocation_index_size \d+$/m);
      expect(body).toMatch(/^signet_revocation_index_bytes \d+$/m);
      expect(body).toMatch(/^signet_revocation_staleness_seconds [\d.]+$/m);
      expect(body).toMatch(/^signet_revocation_revision \d+$/m);
      expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
      expect(body).toMatch(
        /^signet_http_request_duration_seconds_count\{method="GET",route="\/health\/live",status="200"\} \d+$/m,
      );
    });

    it('count addresses that are none under one name', async () => {
      for (const path of ['/a', '/b', '/v1/c?secret=1']) await call('GET', path);
      const { body } = await call('GET', '/metrics');
      expect(body).toMatch(/route="unmatched",status="404"/);
      expect(body).not.toMatch(/route="\/[abv]"|secret/);
    });

    it.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])(
      'are not there for a proxy (%s)',
      async (name) => {
        expectProblem(
          await call('GET', '/metrics', { headers: { [name]: '127.0.0.1' } }),
          404,
          'not_found',
        );
      },
    );
  });

  describe('addresses', () => {
    it.each([
      '/nope',
      '//v1/users',
      '/v1//users',
      '/v1/users/',
      '/V1/users',
      '/v1%2Fusers',
      '/v1%2fusers',
      '/v1/users;a=b',
      '/v1/users.json',
      '/v1/users%20',
      '/.env',
      '/.git/HEAD',
      '/node_modules',
      '/api',
      '/swagger',
      '/docs-json',
      '/docs-yaml',
      '/package.json',
    ])('%s is none', async (path) => {
      expectProblem(await call('GET', path), 404, 'not_found');
    });

    it.each(['/v1/./users', '/x/../v1/users', '//', '*'])('%s is none either', async (path) => {
      expectRawProblem(await rawRequest(app, `GET ${path}`), 404, 'not_found');
    });

    it('cannot be written in a way that passes the guards', async () => {
      for (const path of [
        '/v1/%75sers',
        '/v1/users/..',
        'http://evil.test/v1/users',
        '/v1/users?__proto__[a]=1',
      ]) {
        expect(await rawRequest(app, `GET ${path}`)).toMatch(/^HTTP\/1.1 401 /);
      }
    });

    it.each(['/%zz', '/v1/users/%zz', '/%', '/v1/users/%ff'])(
      '%s has bad escapes',
      async (path) => {
        expectProblem(await call('GET', path), 400, 'malformed_request');
      },
    );

    it('have an end', async () => {
      expectProblem(await call('GET', `/v1/users/${'a'.repeat(600)}`), 414, 'uri_too_long');
      expectRawProblem(
        await rawRequest(app, `GET /${'a'.repeat(20_000)}`),
        431,
        'headers_too_large',
      );
    });
  });

  describe('methods', () => {
    it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
      '%s is refused where it means nothing',
      async (method) => {
        const answer = await call(method, '/v1/users');
        expectProblem(answer, 405, 'method_not_allowed');
        expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
      },
    );

    it('TRACE and foreign ones are refused', async () => {
      expectRawProblem(await rawRequest(app, 'TRACE /v1/users'), 405, 'method_not_allowed');
      expectRawProblem(await rawRequest(app, 'PROPFIND /v1/users'), 405, 'method_not_allowed');
      expectRawProblem(await rawRequest(app, 'FOO /v1/users'), 400, 'malformed_request');
    });

    it('HEAD is GET without the body, behind the same guards', async () => {
      const head = await call('HEAD', '/health/live');
      expect([head.status, head.body]).toEqual([200, undefined]);
      expect((await call('HEAD', '/v1/users')).status).toBe(401);
    });
  });

  describe('bodies', () => {
    const login = (
      rawBody: string | Uint8Array<ArrayBuffer>,
      headers: Record<string, string> = JSON_TYPE,
    ) => call('POST', '/v1/auth/login', { rawBody, headers });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      'text/json',
      'x',
    ])('of type %s are refused', async (type) => {
      const answer = await login('{"identifier":"a","password":"b"}', { 'content-type': type });
      expectProblem(answer, 415, 'unsupported_media_type');
    });

    it.each([
      ['not JSON', '{"identifier":'],
      ['empty', ''],
      ['after the prototype', '{"__proto__":{"a":1}}'],
      ['after the prototype in disguise', '{"\\u005f_proto__":{"a":1}}'],
      ['after the constructor', '{"constructor":{"prototype":{"a":1}}}'],
      ['deep', '['.repeat(50_000)],
      ['deep and well-formed', `{"identifier":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
      ['wide', `{${Array.from({ length: 9000 }, (_, i) => `"k${i}":1`).join(',')}}`],
      ['compressed', '\u001f\u008b\b'],
    ])('that are %s are refused, and fast', async (_, text) => {
      const started = performance.now();
      // fetch sends no body for an empty text, so that one is sent by hand.
      if (text === '') {
        const headers = 'Content-Type: application/json\r\nContent-Length: 0\r\n';
        expectRawProblem(
          await rawRequest(app, 'POST /v1/auth/login', headers),
          400,
          'malformed_request',
        );
      } else expectProblem(await login(text), 400, 'malformed_request');
      expect(performance.now() - started).toBeLessThan(1000);
    });

    it.each([
      'null',
      '1',
      '"a"',
      '[]',
      '[{"identifier":"a","password":"b"}]',
      '{"identifier":{"a":1},"password":["b"]}',
    ])('of another shape are refused: %s', async (text) => {
      expectProblem(await login(text), 400, 'validation_failed');
    });

    it('with a field that nobody knows are refused, and the answer repeats no value', async () => {
      const answer = await login(
        '{"identifier":"a","password":"canary-5521","role":"canary-5522"}',
      );
      expectProblem(answer, 400, 'validation_failed');
      const { errors } = answer.body as { errors: unknown };
      expect(errors).toEqual([
        { pointer: '/role', code: 'unknown_field', detail: 'is not a known field' },
      ]);
      expect(JSON.stringify(answer.body)).not.toContain('canary');
      expect(app.logs.join('')).not.toContain('canary');
    });

    it('that are large are refused', async () => {
      expectProblem(
        await login(`{"identifier":"${'a'.repeat(200_000)}"}`),
        413,
        'payload_too_large',
      );
    });
  });

  describe('HTTP itself', () => {
    it.each([
      ['garbage', '\u0016\u0003\u0001\r\n\r\n'],
      [
        'two lengths',
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
      ],
      [
        'length and chunks',
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      ['bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n'],
      ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
      ['two hosts', 'GET /health/live HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n'],
      ['no host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ])('with %s is refused', async (_, text) => {
      expectRawProblem(await raw(app, text), 400, 'malformed_request');
    });

    it('with headers that are too large is refused', async () => {
      const answer = await rawRequest(app, 'GET /health/live', `X-Big: ${'a'.repeat(20_000)}\r\n`);
      expectRawProblem(answer, 431, 'headers_too_large');
    });

    it('names no server', async () => {
      const { headers } = await call('GET', '/health/live');
      expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
    });
  });

  describe('the request id', () => {
    it('is taken over when it is harmless, and stands in answer, body and log', async () => {
      const answer = await call('GET', '/nope', { headers: { 'x-request-id': 'trace-42' } });
      expectProblem(answer, 404, 'not_found');
      expect(answer.headers.get('x-request-id')).toBe('trace-42');
      const line = app.logs.find((text) => text.includes('trace-42')) ?? '';
      expect(JSON.parse(line)).toMatchObject({
        method: 'GET',
        route: 'unmatched',
        status: 404,
        requestId: 'trace-42',
      });
    });

    it.each(['a b', '<x>', 'a'.repeat(65), '"}'])('is another one instead of %j', async (id) => {
      const { headers } = await call('GET', '/nope', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  describe('the log', () => {
    it('has the route, and neither address nor query nor headers', async () => {
      const headers = { 'x-request-id': 'log-1', cookie: 'a=canary-77', 'user-agent': 'canary-77' };
      await call('GET', '/v1/users/canary-77?token=canary-77', { headers });
      const lines = app.logs.filter((text) => text.includes('log-1'));
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        route: '/v1/users/:id',
        status: 401,
        ip: '127.0.0.1',
      });
      expect(app.logs.join('')).not.toContain('canary-77');
    });
  });

  describe('security headers', () => {
    it('are relaxed for Swagger UI and nowhere else', async () => {
      for (const path of ['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-init.js']) {
        const { status, headers } = await call('GET', path);
        expect(status).toBe(200);
        expect(headers.get('content-security-policy')).toMatch(
          /^default-src 'none';script-src 'self';/,
        );
        expect(headers.get('x-frame-options')).toBe('DENY');
      }
      for (const path of ['/openapi.json', '/health/live', '/.well-known/jwks.json', '/nope']) {
        expect((await call('GET', path)).headers.get('content-security-policy')).toBe(STRICT);
      }
    });

    it('leave what lies beside the files of Swagger UI where it is', async () => {
      for (const path of [
        '/docs/../../package.json',
        '/docs/..%2f..%2fpackage.json',
        '/docs/nope',
      ]) {
        expect(await rawRequest(app, `GET ${path}`)).toMatch(/^HTTP\/1.1 404 /);
      }
    });
  });

  describe('CORS', () => {
    it('is off by default', async () => {
      const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await call(method, '/health/live', { headers });
        expect(
          [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
        ).toEqual([]);
      }
    });
  });

  describe('the OpenAPI document', () => {
    interface Documented {
      readonly operationId?: string;
      readonly summary?: string;
      readonly tags?: readonly string[];
      readonly security?: readonly unknown[];
      readonly responses: Readonly<
        Record<string, { readonly description?: string; readonly content?: object }>
      >;
      readonly 'x-signet-access'?: { readonly kind: string } | null;
    }
    let operations: readonly (readonly [string, Documented])[];

    beforeAll(async () => {
      const { body } = await call('GET', '/openapi.json');
      // As these tests read it; what is not so fails them.
      const { paths } = body as { paths: Record<string, Record<string, Documented>> };
      operations = Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(item).map(
          ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
        ),
      );
    });

    const lacking = (isLacking: (operation: Documented) => boolean) =>
      operations.filter(([, operation]) => isLacking(operation)).map(([name]) => name);

    it('has the routes of the router, all of them and no others', () => {
      const served = app
        .routes()
        .filter((route) => !/^HEAD |^\w+ (?:\/docs|\/openapi\.json|\*)/.test(route))
        .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
      expect(operations.map(([name]) => name).sort()).toEqual([...served].sort());
    });

    it('says of every operation what it does and who may call it', () => {
      expect(lacking(({ summary, tags }) => !summary || tags?.length !== 1)).toEqual([]);
      expect(lacking((operation) => !operation['x-signet-access'])).toEqual([]);
      // Public to the guards, and clients authenticate there by themselves (RFC 6749 2.3).
      const byThemselves = new Map([
        ['POST /oauth/token', [{ client: [] }]],
        ['POST /oauth/introspect', [{ client: [] }, { bearer: [] }]],
        ['POST /oauth/revoke', [{ client: [] }, { bearer: [] }]],
      ]);
      for (const [name, { security = [], ...rest }] of operations) {
        const isPublic = rest['x-signet-access']?.kind === 'public';
        const expected = byThemselves.get(name) ?? (isPublic ? [] : undefined);
        if (expected !== undefined)
          expect([name, new Set(security)]).toEqual([name, new Set(expected)]);
        else expect([name, security]).toEqual([name, expect.arrayContaining([{ bearer: [] }])]);
      }
    });

    it('calls every operation by a name of its own', () => {
      const names = operations.map(([, { operationId }]) => operationId);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name ?? ''))).toEqual([]);
    });

    it('has a schema for every body of an answer', () => {
      // RFC 7009 2.2: a revocation answers 200 without one.
      const isEmpty = (name: string, status: string) =>
        ['204', '304'].includes(status) || (name === 'POST /oauth/revoke' && status === '200');
      const without = operations.filter(([name, { responses }]) =>
        Object.entries(responses).some(
          ([status, { description, content }]) =>
            !description || (content === undefined) !== isEmpty(name, status),
        ),
      );
      expect(without.map(([name]) => name)).toEqual([]);
      expect(
        lacking(
          ({ responses }) => !Object.keys(responses).some((status) => status.startsWith('2')),
        ),
      ).toEqual([]);
    });

    it('has the refusals of every operation that needs a token', () => {
      const guarded = (operation: Documented) => operation['x-signet-access']?.kind !== 'public';
      for (const status of ['400', '401', '503']) {
        expect(
          lacking((operation) => guarded(operation) && operation.responses[status] === undefined),
        ).toEqual([]);
      }
      const byRight = ['roles', 'permissions'];
      const without403 = lacking(
        (operation) =>
          byRight.includes(operation['x-signet-access']?.kind ?? '') &&
          operation.responses[403] === undefined,
      );
      expect(without403).toEqual([]);
    });
  });
});

describe('operations, as configured', () => {
  let app: TestApp;
  let call: (method: string, path: string, options?: Call) => Promise<Answer>;

  beforeAll(async () => {
    app = await startTestApp({ settings: { SWAGGER: 'off', CORS_ORIGINS: ORIGIN, METRICS_TOKEN } });
    call = (method, path, options) => send(app.url, undefined, method, path, options);
  });
  afterAll(() => app.close());

  it('serves no documentation when that is off', async () => {
    for (const path of ['/docs', '/docs/', '/docs/swagger-ui.css', '/openapi.json', '/docs-json']) {
      expectProblem(await call('GET', path), 404, 'not_found');
    }
  });

  it('shows metrics to the bearer of the token only', async () => {
    expect((await call('GET', '/metrics', { token: METRICS_TOKEN })).status).toBe(200);
    const behindProxy = { token: METRICS_TOKEN, headers: { 'x-forwarded-for': '10.0.0.1' } };
    expect((await call('GET', '/metrics', behindProxy)).status).toBe(200);
    for (const token of [undefined, 'x', `${METRICS_TOKEN}x`, METRICS_TOKEN.slice(1)]) {
      expectProblem(
        await call('GET', '/metrics', token === undefined ? {} : { token }),
        404,
        'not_found',
      );
    }
  });

  it('lets the configured origin read, with the cookies of a sign-in', async () => {
    const { headers } = await call('GET', '/health/live', { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toBe('Origin');
    const preflight = await call('OPTIONS', '/v1/users', {
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(preflight.headers.get('content-security-policy')).toBe(STRICT);
  });

  it.each(['https://evil.test', `${ORIGIN}.evil.test`, 'null', 'http://app.example.com'])(
    'does not let %s',
    async (origin) => {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin, 'access-control-request-method': 'POST' };
        const answer = await call(method, '/v1/users', { headers });
        expect(answer.status).toBe(method === 'GET' ? 401 : 405);
        expect(answer.headers.get('vary')).toBe('Origin');
        expect(
          [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
        ).toEqual([]);
      }
    },
  );
});
