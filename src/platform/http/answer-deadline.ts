import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendProblem } from './problem.filter.js';
import { ServiceUnavailable } from './problems.js';

/** How often the open requests are looked at, in ms: by so much the deadline may be missed. */
const LOOK_EVERY_MS = 250;

interface Open {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** On the monotonic clock. */
  readonly since: number;
}

/**
 * Answers 503 for whoever has waited for `deadline` ms, counted from when the request was there as a whole.
 * Each step of the way has a limit of its own, and a request has many: this is the limit of their sum.
 *
 * What was begun goes on and may succeed: after a 503 a client asks again, as after a lost answer. One timer
 * for all requests, since one for each would cost what a cached token costs.
 */
export function answerWithin(fastify: FastifyInstance, deadline: number, logger: Logger): void {
  /** In the order of their arrival, which is that of their deadlines. */
  const open = new Map<FastifyReply, Open>();
  fastify.addHook('preValidation', (request, reply, done) => {
    open.set(reply, { request, reply, since: performance.now() });
    done();
  });
  fastify.addHook('onResponse', (_request, reply, done) => {
    open.delete(reply);
    done();
  });
  const look = () => {
    const before = performance.now() - deadline;
    for (const { request, reply, since } of open.values()) {
      if (since > before) return;
      open.delete(reply);
      // An answer that has begun has no deadline: a stream, or a file that is read slowly.
      if (!reply.sent && !reply.raw.headersSent) giveUp(request, reply, deadline, logger);
    }
  };
  const timer = setInterval(look, Math.min(LOOK_EVERY_MS, deadline / 4));
  timer.unref();
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(timer);
    done();
  });
}

function giveUp(
  request: FastifyRequest,
  reply: FastifyReply,
  deadline: number,
  logger: Logger,
): void {
  const problem = new ServiceUnavailable({
    detail: `There was no answer within ${deadline} ms; it may still have been done`,
    headers: { 'Retry-After': '1' },
  });
  sendProblem(problem, request, reply, logger);
}
