import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

const CHANNEL = 'fastify.initialization';

/** Notes every route that is given to a Fastify from now on. */
export class RouteRecorder {
  private readonly routes = new Map<unknown, string[]>();

  constructor() {
    subscribe(CHANNEL, this.listen);
  }

  readonly stop = (): void => {
    unsubscribe(CHANNEL, this.listen);
  };

  /**
   * What the router of `fastify` serves, whoever declared it, as `GET /v1/users/:id`. Not the routes
   * that only refuse a method (method-not-allowed.ts), which come as one route for many methods.
   */
  of(fastify: unknown): readonly string[] {
    return this.routes.get(fastify) ?? [];
  }

  private readonly listen = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }; // documented by Fastify
    const routes: string[] = [];
    this.routes.set(fastify, routes);
    fastify.addHook('onRoute', ({ method, url }) => {
      if (typeof method === 'string') routes.push(`${method} ${url}`);
    });
  };
}
