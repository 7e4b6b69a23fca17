import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeAdapter } from '../../test/support/adapter-contract.js';
import { World } from '../../test/support/world.js';
import { authOf, signet } from './fastify.js';

const answer = (request: FastifyRequest) => ({ sub: authOf(request)?.sub ?? null });

describeAdapter('Fastify', async (verifier, onRefused) => {
  const app = fastify();
  await app.register(signet, { verifier, onRefused });
  app.get('/any', answer);
  app.get('/public', { config: { signet: 'public' } }, answer);
  app.get('/optional', { config: { signet: 'optional' } }, answer);
  app.get('/scoped', { config: { signet: { scopes: ['read', 'deploy'] } } }, answer);
  app.get('/by-role', { config: { signet: { roles: ['admin', 'editor'] } } }, answer);
  // A context of its own: a plugin counts for where it is registered and below.
  const other = fastify();
  const getToken = (request: FastifyRequest) => request.headers['x-token']?.toString();
  await other.register(signet, { verifier, getToken });
  other.get('/elsewhere', answer);
  await other.ready();
  app.get('/elsewhere', { config: { signet: 'public' } }, (request, reply: FastifyReply) => {
    reply.hijack();
    other.routing(request.raw, reply.raw);
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => Promise.all([app.close(), other.close()]) };
});

describe('the plugin of Fastify', () => {
  it('puts the token where it is told to', async () => {
    const world = await World.start();
    const app = fastify();
    await app.register(signet, { verifier: world.verifier, requestProperty: 'bearer' });
    app.get('/', (request) => ({
      ...(request as unknown as { bearer: object }).bearer,
      scope: null,
    }));
    const headers = { authorization: `Bearer ${world.token()}` };
    const { body } = await app.inject({ url: '/', headers });
    expect(JSON.parse(body)).toMatchObject({ tokenId: 'nY2kX0a9QwE7rT5uI3oPzA' });
    await app.close();
    await world.issuer.stop();
  });

  it.each([
    [{ scope: ['refund'] }],
    [['refund']],
    ['refund'],
    ['Public'],
    [''],
    [null],
    [true],
    [{ scopes: [] }],
  ])('stops the start for a route that says %p', async (access) => {
    const world = await World.start();
    const app = fastify();
    await app.register(signet, { verifier: world.verifier });
    const config = { signet: access as never }; // as JavaScript would let it
    expect(() => app.get('/', { config }, answer)).toThrow(TypeError);
    await app.close();
    await world.issuer.stop();
  });

  it('guards what is registered inside other plugins, and what does not exist', async () => {
    const world = await World.start();
    const app = fastify();
    await app.register(signet, { verifier: world.verifier });
    await app.register((inner, _, done) => {
      inner.get('/inner', answer);
      done();
    });
    for (const url of ['/inner', '/nothing']) {
      expect((await app.inject({ url })).statusCode).toBe(401);
    }
    await app.close();
    await world.issuer.stop();
  });

  it('refuses before it reads a body', async () => {
    const world = await World.start();
    const app = fastify();
    await app.register(signet, { verifier: world.verifier });
    app.post('/', answer);
    const headers = { 'content-type': 'application/json' };
    const { statusCode } = await app.inject({ method: 'POST', url: '/', headers, body: '{' });
    expect(statusCode).toBe(401);
    await app.close();
    await world.issuer.stop();
  });

  it('stops the start when a requirement can never be met', async () => {
    const world = await World.start();
    const app = fastify();
    await app.register(signet, { verifier: world.verifier });
    expect(() => app.get('/', { config: { signet: { scopes: [] } } }, answer)).toThrow(TypeError);
    await app.close();
    await world.issuer.stop();
  });
});
