import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptOnlyJson, isReasonable } from './json-body.js';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const list = (length: number) => `[${Array.from({ length }, () => '1').join(',')}]`;

describe('isReasonable', () => {
  it.each(['', '1', '{}', '{"a":[{"b":"c"}]}', nested(32), list(900), '"' + '['.repeat(99) + '"'])(
    'takes %s',
    (text) => {
      expect(isReasonable(text)).toBe(true);
    },
  );

  it('counts nothing inside of strings, whatever is escaped there', () => {
    expect(isReasonable(JSON.stringify({ a: `\\"${'[,'.repeat(2000)}`, b: '\\' }))).toBe(true);
    expect(isReasonable(`"unended ${'['.repeat(2000)}`)).toBe(true); // the parser's to refuse
  });

  it.each([nested(33), '['.repeat(50_000), '{"a":'.repeat(40), list(1001), '{}'.repeat(1001)])(
    'refuses what is deep or wide (%#)',
    (text) => {
      expect(isReasonable(text)).toBe(false);
    },
  );

  it('takes time in proportion to the length', () => {
    const started = performance.now();
    isReasonable(`"${'\\"'.repeat(5_000_000)}`);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('acceptOnlyJson', () => {
  let server: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    server = fastify();
    acceptOnlyJson(server);
    server.post('/', ({ body }) => ({ body }));
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  const send = async (contentType: string, body: string) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    return answer.status;
  };

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'takes %s',
    async (type) => {
      expect(await send(type, '{"a":1}')).toBe(200);
    },
  );

  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'x',
  ])('refuses %s', async (type) => {
    expect(await send(type, '{"a":1}')).toBe(415);
  });

  it.each([
    '',
    '{',
    '{"__proto__":{"a":1}}',
    '{"\\u005f_proto__":1}',
    '{"constructor":{"prototype":{"a":1}}}',
  ])('refuses the body %j', async (payload) => {
    expect(await send('application/json', payload)).toBe(400);
  });
});
