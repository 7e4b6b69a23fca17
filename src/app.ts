import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastifyHelmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { Settings } from './config/settings.js';
import { serveDocs, DOCS_PATH } from './operations/docs/serve-docs.js';
import { Clock } from './platform/clock.js';
import { isHelmetRelaxed, strictHeaders } from './platform/http/security-headers.js';
import { logRequests } from './platform/http/request-log.js';
import { refuseOtherMethods } from './platform/http/method-not-allowed.js';
import { sendProblem } from './platform/http/problem.filter.js';
import { NestLogger, createLogger } from './platform/logger.js';
import { createDataSource } from './schema/data-source.js';
import type { Logger } from 'pino';

/** What tests replace. */
export interface AppParts {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Longest request header block that is read. Cookies and tokens fit many times over. */
const HEADERS_MAX = 16_384;
const URI_MAX = 4096;

/** An id of a request, from the client when it is harmless (S-33), else a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Makes the application, ready to listen and not yet started; `main.ts` and the tests call it. */
export async function createApp(settings: Settings, parts: AppParts = {}): Promise<NestFastifyApplication> {
  const logger = parts.logger ?? createLogger(settings.logLevel);
  const adapter = new FastifyAdapter({
    trustProxy: settings.trustProxy === undefined ? false : toFastify(settings.trustProxy),
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestTimeout,
    connectionTimeout: 0,
    keepAliveTimeout: settings.keepAliveTimeout,
    maxRequestsPerSocket: 0,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: HEADERS_MAX, headersTimeout: Math.min(settings.requestTimeout, 15_000) },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    requestIdHeader: false,
    genReqId: requestId,
    logger: false,
  });
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain'); // INP: a form or a script of another site can send it without a preflight
  fastify.setErrorHandler((error, request, reply) => {
    sendProblem(error, request, reply, logger);
  });
  logRequests(fastify, logger);
  const finishRoutes = refuseOtherMethods(fastify, logger);
  const data = { dataSource: createDataSource(settings), logger, clock: parts.clock ?? new Clock() };
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(settings, data), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  await app.register(fastifyHelmet, strictHeaders());
  if (settings.corsOrigins.length > 0) {
    app.enableCors({
      origin: [...settings.corsOrigins],
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'x-request-id'],
      exposedHeaders: ['etag', 'retry-after', 'signet-refresh', 'x-request-id', 'location'],
      maxAge: 600,
    });
  }
  if (settings.swagger) serveDocs(app, settings);
  await app.init();
  finishRoutes();
  return app;
}
