import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import type { Express } from 'express';
import { describeAdapter } from '../../test/support/adapter-contract.js';
import type { Application } from '../../test/support/adapter-contract.js';
import { rawRequest } from '../../test/support/raw-request.js';
import { World } from '../../test/support/world.js';
import { authOf, authenticate, requires } from './express.js';

async function listen(app: Express): Promise<Application> {
  const server = createServer((request, response) => void app(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const answer: express.RequestHandler = (request, response) => {
  response.json({ sub: authOf(request)?.sub ?? null });
};

describeAdapter('Express', (verifier, onRefused) => {
  const app = express();
  app.get('/public', answer);
  app.get('/optional', authenticate(verifier, { credentialsRequired: false }), answer);
  const getToken = (request: express.Request) => request.get('x-token');
  app.get('/elsewhere', authenticate(verifier, { getToken }), answer);
  app.use(authenticate(verifier, { onRefused }));
  app.get('/any', answer);
  app.get('/scoped', requires({ scopes: ['read', 'deploy'] }, { onRefused }), answer);
  app.get('/by-role', requires({ roles: ['admin', 'editor'] }), answer);
  return listen(app);
});

describe('the middleware of Express', () => {
  it('puts the token where it is told to', async () => {
    const world = await World.start();
    const app = express();
    app.use(authenticate(world.verifier, { requestProperty: 'bearer' }));
    app.get('/', (request, response) => {
      const { bearer, auth } = request as { bearer?: { sub: string }; auth?: unknown };
      response.json({ sub: bearer?.sub, auth });
    });
    const server = await listen(app);
    const token = world.token();
    const { body } = await rawRequest(server.url, [['Authorization', `Bearer ${token}`]]);
    expect(body).toEqual({ sub: (await world.verifier.verify(token)).sub });
    await server.close();
    await world.issuer.stop();
  });

  it('leaves errors that are not its own to the application', async () => {
    const world = await World.start();
    const app = express();
    const getToken = () => {
      throw new Error('no cookie parser');
    };
    app.use(authenticate(world.verifier, { getToken }));
    const onError: express.ErrorRequestHandler = (error: Error, _request, response, _next) => {
      response.status(500).json({ message: error.message });
    };
    app.use(onError);
    const server = await listen(app);
    expect(await rawRequest(server.url)).toMatchObject({
      status: 500,
      body: { message: 'no cookie parser' },
    });
    await server.close();
    await world.issuer.stop();
  });

  it('asks for a token on a route that has requirements and no authentication', async () => {
    const app = express();
    app.get('/', requires({ roles: ['admin'] }), answer);
    const server = await listen(app);
    expect(await rawRequest(server.url)).toMatchObject({ status: 401 });
    await server.close();
  });

  it('stops the start when a requirement can never be met, or could break out of a header', () => {
    for (const needs of [{ scopes: [] }, { roles: [] }, { scopes: ['a b'] }, { scopes: ['a"'] }]) {
      expect(() => requires(needs)).toThrow(TypeError);
    }
  });
});
