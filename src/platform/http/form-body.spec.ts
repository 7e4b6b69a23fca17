import { fastify } from 'fastify';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEM_JSON } from './error-format.js';
import { acceptForms, parseForm } from './form-body.js';
import type { Form } from './form-body.js';
import { acceptOnlyJson } from './json-body.js';

const FORM = 'application/x-www-form-urlencoded';
const entries = (text: string) => {
  const form = parseForm(text);
  return form === undefined ? undefined : [...form];
};

describe('parseForm', () => {
  it.each<[string, [string, string[]][]]>([
    ['', []],
    ['a=1', [['a', ['1']]]],
    ['a=1&b=2', [['a', ['1']], ['b', ['2']]]], // prettier-ignore
    ['a=x+y%20z%2B', [['a', ['x y z+']]]],
    ['a=b=c', [['a', ['b=c']]]],
    ['%61=%C3%A9', [['a', ['é']]]],
    ['a=1&a=2', [['a', ['1', '2']]]],
    ['a=1&%61=2', [['a', ['1', '2']]]],
    ['&&a=1&', [['a', ['1']]]],
    ['__proto__=1&constructor=2', [['__proto__', ['1']], ['constructor', ['2']]]], // prettier-ignore
  ])('reads %s', (text, expected) => {
    expect(entries(text)).toEqual(expected);
  });

  it('treats a parameter without a value as left out', () => {
    expect(entries('a=&b&c=1&a=2')).toEqual([
      ['c', ['1']],
      ['a', ['2']],
    ]);
  });

  it.each(['a=%', 'a=%zz', 'a=%C3', 'a=%ED%A0%80', '%FF=1', 'a=%C0%80'])(
    'refuses %s, which is no percent-encoded UTF-8',
    (text) => {
      expect(parseForm(text)).toBeUndefined();
    },
  );

  it('has a limit on parameters, empty ones too', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&');
    expect(parseForm(many(64))?.size).toBe(64);
    expect(parseForm(many(65))).toBeUndefined();
    expect(parseForm('&'.repeat(1000))).toBeUndefined();
  });
});

describe('acceptForms', () => {
  let server: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    server = fastify();
    acceptOnlyJson(server);
    acceptForms(server);
    const config: FastifyContextConfig = { takesForm: true, errorFormat: PROBLEM_JSON };
    server.post<{ Body: Form }>('/form', { config }, ({ body }) => [...body]);
    server.post('/json', ({ body }) => ({ body }));
    server.setErrorHandler((error, _request, reply) =>
      reply.status(400).send({ code: (error as Error).name }),
    );
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  const post = async (path: string, contentType: string, body: string) => {
    const headers = { 'content-type': contentType };
    const answer = await fetch(url + path, { method: 'POST', headers, body });
    return [answer.status, await answer.json()] as const;
  };

  it('takes a form where one is expected, with and without a charset', async () => {
    for (const type of [FORM, `${FORM}; charset=UTF-8`, FORM.toUpperCase()])
      expect(await post('/form', type, 'a=1&a=2')).toEqual([200, [['a', ['1', '2']]]]);
  });

  it('takes forms there only, and nothing but forms there', async () => {
    const refused = [400, { code: 'unsupported_media_type' }];
    expect(await post('/json', FORM, 'a=1')).toEqual(refused);
    expect(await post('/form', 'application/json', '{"a":1}')).toEqual(refused);
    expect((await post('/form', 'text/plain', 'a=1'))[0]).toBe(400);
    expect((await post('/json', 'application/json', '{"a":1}'))[0]).toBe(200);
  });

  it('does not stand before the answer that there is nothing at an address', async () => {
    expect((await post('/nowhere', FORM, 'a=%zz'))[0]).toBe(404);
  });

  it('refuses what it cannot read, and what is too long', async () => {
    expect(await post('/form', FORM, 'a=%zz')).toEqual([400, { code: 'malformed_request' }]);
    const long = await post('/form', FORM, `a=${'x'.repeat(70_000)}`);
    expect(long).toEqual([400, { code: 'FastifyError' }]);
  });
});
