import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.js';

/** Where nobody signed in, Passport leaves no `user`. */
type MaybeSignedIn = FastifyRequest & { readonly user?: { readonly id: string } };

const UNMATCHED = 'unmatched';
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Asked every few seconds by machines; of interest only when something is being searched for. */
const CHATTER = /^\/(?:health\/|metrics$)/;

/**
 * Logs and counts every request, by the template of its route: the address itself holds ids, and the
 * query string may hold anything.
 */
export function logRequests(fastify: FastifyInstance, logger: Logger, metrics: Metrics): void {
  const durations = metrics.histogram(
    'signet_http_request_duration_seconds',
    'Time from the arrival of a request to the end of its answer.',
    BUCKETS,
    ['method', 'route', 'status'],
  );
  // The line has the same few members each time and none is secret; looking for some takes 15 times longer.
  const plain = logger.child({}, { redact: [] });
  fastify.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply, plain);
    const { method } = request;
    const labels = { method, route: routeOf(request), status: reply.statusCode };
    durations.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}

/** One line about a request that is over. */
export function logRequest(request: MaybeSignedIn, reply: FastifyReply, logger: Logger): void {
  const route = routeOf(request);
  const level = levelOf(route, reply.statusCode);
  if (!logger.isLevelEnabled(level)) return;
  logger[level](
    {
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 100) / 100,
      requestId: request.id,
      ip: request.ip,
      principal: request.user?.id,
    },
    'request',
  );
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? UNMATCHED;
}

function levelOf(route: string, status: number): 'debug' | 'info' | 'warn' | 'error' {
  if (status >= 500) return status === 503 ? 'warn' : 'error';
  return CHATTER.test(route) ? 'debug' : 'info';
}
