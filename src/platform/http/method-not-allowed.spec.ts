import { request } from 'node:http';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refuseOtherMethods } from './method-not-allowed.js';
import { MethodNotAllowed } from './problems.js';

describe('refuseOtherMethods', () => {
  let server: FastifyInstance;
  let origin: string;

  beforeAll(async () => {
    server = fastify();
    server.setErrorHandler((error, request, reply) =>
      error instanceof MethodNotAllowed
        ? reply
            .status(405)
            .headers({ ...error.headers, 'x-form': String(request.routeOptions.config.takesForm) })
            .send({})
        : reply.status(500).send({}),
    );
    const finish = refuseOtherMethods(server);
    server.get('/things', () => 'list');
    server.post('/things', () => 'made');
    server.get('/things/me', () => 'mine');
    server.get('/things/:id', () => 'one');
    server.delete('/things/:thingId', () => 'gone');
    server.post('/form', { config: { takesForm: true } }, () => 'taken');
    finish();
    origin = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  // fetch refuses to send TRACE.
  const call = (method: string, path: string, body = '') =>
    new Promise<unknown[]>((resolve, reject) => {
      const headers = body === '' ? {} : { 'content-type': 'application/json' };
      request(origin + path, { method, headers, agent: false }, (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers.allow]);
      })
        .on('error', reject)
        .end(body);
    });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    'answers %s with 405 and Allow',
    async (method) => {
      expect(await call(method, '/things')).toEqual([405, 'GET, HEAD, POST']);
    },
  );

  it('keeps what is configured for the address, such as the format of its errors', async () => {
    const configured = async (path: string) =>
      (await fetch(origin + path, { method: 'PUT' })).headers.get('x-form');
    expect(await configured('/form')).toBe('true');
    expect(await configured('/things')).toBe('undefined');
  });

  it('leaves the methods that a route takes alone', async () => {
    for (const method of ['GET', 'HEAD', 'POST'])
      expect((await call(method, '/things'))[0]).toBe(200);
  });

  it('sees one address in parameters of different names', async () => {
    expect(await call('PUT', '/things/1')).toEqual([405, 'DELETE, GET, HEAD']);
    expect((await call('DELETE', '/things/1'))[0]).toBe(200);
  });

  it('does not lend the methods of a parameter to a fixed address', async () => {
    expect(await call('DELETE', '/things/me')).toEqual([405, 'GET, HEAD']);
  });

  it('says nothing about addresses that are none', async () => {
    expect((await call('PUT', '/other'))[0]).toBe(404);
    expect((await call('PUT', '/things/'))[0]).toBe(404);
  });

  it('refuses methods that no route can have', async () => {
    expect((await call('PROPFIND', '/things'))[0]).toBe(405);
    expect((await call('PROPFIND', '/other'))[0]).toBe(405);
  });

  it('refuses before the body is read', async () => {
    expect((await call('PUT', '/things', '{'))[0]).toBe(405);
  });
});
