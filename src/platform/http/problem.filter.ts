import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isUnavailable } from '../database/database-errors.js';
import { errorFormatFor } from './error-format.js';
import { Problem } from './problem.js';
import type { ProblemClass } from './problem.js';
import {
  HeadersTooLarge,
  InternalError,
  MalformedRequest,
  MethodNotAllowed,
  NotFound,
  PayloadTooLarge,
  RequestTimedOut,
  ServiceUnavailable,
  UnsupportedMediaType,
  UriTooLong,
} from './problems.js';

/** What the framework refuses by itself, by status. Whatever is not in this list is our fault: 500. */
const BY_STATUS: Readonly<Record<number, ProblemClass>> = {
  400: MalformedRequest,
  403: NotFound, // of static files: paths that lead out of their folder
  404: NotFound,
  405: MethodNotAllowed,
  408: RequestTimedOut,
  413: PayloadTooLarge,
  414: UriTooLong,
  415: UnsupportedMediaType,
  431: HeadersTooLarge,
};

/** Seconds after which a client may try again when the database was out of reach. */
const RETRY_AFTER = '1';

/** The problem that an error is to the client. What is not recognised is an internal error. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) {
    return new ServiceUnavailable({ cause: error, headers: { 'Retry-After': RETRY_AFTER } });
  }
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : error instanceof Error && 'statusCode' in error
        ? Number(error.statusCode)
        : 500;
  const Known = BY_STATUS[status] ?? InternalError;
  return new Known({ cause: error });
}

/** Sends an error in the route's format, mostly RFC 9457; used by Nest's filter and by Fastify's own hooks. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): void {
  const problem = toProblem(error);
  if (problem.kind.status >= 500) {
    const level = problem instanceof InternalError ? 'error' : 'warn';
    log[level]({ err: problem.cause ?? problem, requestId: request.id }, problem.kind.code);
  }
  const format = errorFormatFor(request);
  void reply
    .status(format.statusOf(problem.kind))
    .headers({ ...challengeOf(problem), ...problem.headers, 'cache-control': 'no-store' })
    .type(format.contentType)
    .send(JSON.stringify(format.bodyOf(problem, request.id)));
}

/** A 401 always says how to authenticate (RFC 9110 15.5.2). */
function challengeOf(problem: Problem): Record<string, string> {
  return problem.kind.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
}

/** The one place where errors become HTTP. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(
      error,
      http.getRequest<FastifyRequest>(),
      http.getResponse<FastifyReply>(),
      this.log,
    );
  }
}
