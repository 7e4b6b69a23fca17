import { describe, expect, it } from '@jest/globals';
import { Conformance } from '../support/conformance.js';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const DOCUMENT = {
  paths: {
    '/things/{id}': {
      get: {
        parameters: [
          { name: 'id', in: 'path' },
          { name: 'verbose', in: 'query' },
        ],
        responses: { 200: json({ $ref: '#/components/schemas/Thing' }), 204: {} },
      },
      put: {
        requestBody: json({ $ref: '#/components/schemas/Thing' }),
        responses: { 200: json({ $ref: '#/components/schemas/Thing' }), 400: json({}) },
      },
    },
    '/things/none': { get: { responses: { 204: {} } } },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['id', 'owner'],
        properties: {
          id: { type: 'string', format: 'uuid' },
          owner: { type: 'string', nullable: true },
          nullable: { type: 'boolean' },
          parent: { nullable: true, allOf: [{ $ref: '#/components/schemas/Thing' }] },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
    },
  },
};
const ID = '6d1f5f6e-3a54-4c4e-9d3c-6f1a0c7c1b1d';
const THING = { id: ID, owner: null };

/** The judge of all other end-to-end tests must itself refuse. */
describe('holding answers against the document', () => {
  const conformance = new Conformance(DOCUMENT);
  const check =
    (
      status: number,
      body: unknown,
      {
        path = `/things/${ID}`,
        method = 'GET',
        type = 'application/json; charset=utf-8',
        sent,
      }: { path?: string; method?: string; type?: string; sent?: unknown } = {},
    ) =>
    () => {
      const headers = new Headers(body === undefined ? {} : { 'content-type': type });
      conformance.check({ method, path, body: sent }, { status, headers, body });
    };

  it.each([
    ['a plain answer', THING],
    ['every kind of property', { ...THING, owner: 'ada', nullable: true, labels: { a: 'b' } }],
    ['null where the document says so', { ...THING, parent: null }],
    ['a nested object', { ...THING, parent: THING }],
  ])('takes %s', (_, body) => {
    expect(check(200, body)).not.toThrow();
  });

  it('takes an answer without a body, and a literal path before a template', () => {
    expect(check(204, undefined)).not.toThrow();
    expect(check(204, undefined, { path: '/things/none' })).not.toThrow();
    expect(check(200, THING, { path: '/things/none' })).toThrow('the status is not documented');
  });

  it.each([
    ['a field that nobody declared', { ...THING, secret: 1 }, 'additional properties'],
    ['one further down', { ...THING, parent: { ...THING, secret: 1 } }, 'additional properties'],
    ['a missing field', { id: ID }, "required property 'owner'"],
    ['null where it is not allowed', { ...THING, id: null }, 'must be string'],
    ['a wrong format', { ...THING, id: 'x' }, 'format "uuid"'],
    ['a missing body', undefined, 'the documented body is missing'],
  ])('refuses %s', (_, body, words) => {
    expect(check(200, body)).toThrow(words);
  });

  it('refuses what is not documented: route, status, body, content type, query parameter', () => {
    expect(check(200, THING, { path: '/other' })).toThrow('the route is not documented');
    expect(check(200, THING, { method: 'DELETE' })).toThrow('the route is not documented');
    expect(check(500, THING)).toThrow('the status is not documented');
    expect(check(204, THING)).toThrow('is not documented');
    expect(check(200, THING, { type: 'text/html' })).toThrow('the content type is text/html');
    const query = { path: `/things/${ID}?verbose=1&other=2` };
    expect(check(200, THING, query)).toThrow('query parameter other');
  });

  it('refuses a request that was accepted and is not documented, and takes a bad one that was refused', () => {
    const put = (sent: unknown) => ({ method: 'PUT', sent });
    expect(check(200, THING, put(THING))).not.toThrow();
    expect(check(200, THING, put({ ...THING, more: 1 }))).toThrow('request');
    expect(check(400, {}, put({ ...THING, more: 1 }))).not.toThrow();
    expect(check(200, THING, { sent: {} })).toThrow('a request body was sent');
  });

  it('names the route, the status and the body', () => {
    expect(check(500, THING)).toThrow(
      /^GET \/things\/\S+ -> 500 .*\n.*the status.*\n {2}body: \{"id"/,
    );
  });
});
