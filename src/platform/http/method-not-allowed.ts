import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { MethodNotAllowed } from './problems.js';

/** An address, and the methods that it takes. */
interface Taken {
  readonly url: string;
  readonly config: FastifyContextConfig;
  readonly methods: Set<string>;
}

/**
 * Makes known addresses answer 405 with `Allow` to the methods that they do not take, where Fastify
 * by itself says 404.
 *
 * @returns what must be called once every route is there.
 */
export function refuseOtherMethods(fastify: FastifyInstance): () => void {
  const taken = new Map<string, Taken>();
  let finished = false;

  fastify.addHook('onRoute', ({ url, method, config = {} }) => {
    if (finished || url === '*') return; // ours, or the catch-all of CORS, which is no address
    const shape = url.replaceAll(/:[^/.-]+/g, ':'); // the router does not tell parameters apart by name
    const route = taken.get(shape) ?? { url, config, methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    taken.set(shape, route);
  });

  // Methods that no route can have (PROPFIND and the like) find nothing, at whatever address.
  const supported = new Set(fastify.supportedMethods);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isForeign = request.is404 && !supported.has(request.method);
    done(isForeign ? refusal(supported) : undefined);
  });

  return () => {
    finished = true;
    for (const { url, config, methods } of taken.values()) {
      const others = [...supported].filter((method) => !methods.has(method));
      fastify.route({
        method: others,
        url,
        config, // with the format of the address's errors
        exposeHeadRoute: false,
        // Before the body is read: it is of no interest what was sent.
        onRequest: (request, reply, done) => {
          // The router lets a parameter be empty, Nest does not: `/users/` is no address.
          if (Object.values(request.params as object).includes('')) reply.callNotFound();
          else done(refusal(methods));
        },
        handler: () => {
          throw refusal(methods);
        },
      });
    }
  };
}

function refusal(methods: ReadonlySet<string>): MethodNotAllowed {
  return new MethodNotAllowed({ headers: { Allow: [...methods].sort().join(', ') } });
}
