import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

const CHANNEL = 'fastify.initialization';

/**
 * Notes every route that the next Fastify is given, as `GET /v1/users/:id`: what the router serves,
 * whoever declared it. Not those that only refuse a method (method-not-allowed.ts), which come as one
 * route for many methods.
 */
export function recordRoutes(): { readonly routes: readonly string[]; stop(): void } {
  const routes: string[] = [];
  const listener = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }; // documented by Fastify
    fastify.addHook('onRoute', ({ method, url }) => {
      if (typeof method === 'string') routes.push(`${method} ${url}`);
    });
  };
  subscribe(CHANNEL, listener);
  return {
    routes,
    stop: () => {
      unsubscribe(CHANNEL, listener);
    },
  };
}
