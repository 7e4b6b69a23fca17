import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Settings } from './config/settings.js';
import { metadataAlias } from './oauth/addresses.js';
import { DOCS_PATH, serveDocs } from './operations/docs/serve-docs.js';
import { Clock } from './platform/clock.js';
import { answerWithin } from './platform/http/answer-deadline.js';
import { answerBrokenRequests } from './platform/http/broken-requests.js';
import { corsFor } from './platform/http/cors.js';
import { acceptForms } from './platform/http/form-body.js';
import { acceptOnlyJson } from './platform/http/json-body.js';
import { refuseOtherMethods } from './platform/http/method-not-allowed.js';
import { expectOneHost } from './platform/http/one-host.js';
import { sendProblem } from './platform/http/problem.filter.js';
import { requestIdOf } from './platform/http/request-id.js';
import { logRequest, logRequests } from './platform/http/request-log.js';
import { protect, securityHeaders } from './platform/http/security-headers.js';
import type { SecurityHeaders } from './platform/http/security-headers.js';
import { NestLogger, createLogger } from './platform/logger.js';
import { Metrics } from './platform/metrics.js';
import { createDataSource, createWatchSource } from './schema/data-source.js';

/** What tests replace. */
export interface AppParts {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Longest request line and headers together. Tokens fit many times over. */
const HEADERS_MAX = 16_384;
const HEADERS_TIMEOUT_MAX = 15_000;
/** How often Node looks for requests that take too long; its default, 30 s, would triple the timeout. */
const TIMEOUT_CHECK_EVERY = 2000;
const PATH_PARAMETER_MAX = 512;

/** Makes the application, ready to listen and not yet started; `main.ts` and the tests call it. */
export async function createApp(
  settings: Settings,
  parts: AppParts = {},
): Promise<NestFastifyApplication> {
  const logger = parts.logger ?? createLogger(settings.logLevel);
  const headers = await securityHeaders();
  const adapter = createAdapter(settings, headers, logger);
  const fastify = adapter.getInstance();
  expectOneHost(fastify);
  acceptOnlyJson(fastify);
  acceptForms(fastify);
  answerWithin(fastify, settings.answerTimeout, logger);
  const finishRoutes = refuseOtherMethods(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, {
      dataSource: createDataSource(settings),
      watchSource: createWatchSource(settings),
      logger,
      clock: parts.clock ?? new Clock(),
    }),
    adapter,
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  logRequests(fastify, logger, app.get(Metrics));
  if (settings.corsOrigins.length > 0) {
    const csrfHeader = settings.tokenLocations.includes('cookie') ? settings.csrfHeader : undefined;
    app.enableCors(corsFor(settings.corsOrigins, csrfHeader));
  }
  if (settings.swagger) serveDocs(app);
  // Nest's own handlers for errors and unknown addresses end in `ProblemFilter`; none of ours is needed.
  await app.init();
  finishRoutes();
  return app;
}

function createAdapter(
  settings: Settings,
  headers: SecurityHeaders,
  logger: Logger,
): FastifyAdapter {
  const rewriteUrl = metadataAlias(settings.issuer);
  const adapter = new FastifyAdapter({
    ...(rewriteUrl === undefined ? {} : { rewriteUrl }),
    trustProxy: forFastify(settings.trustProxy),
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestTimeout,
    keepAliveTimeout: settings.keepAliveTimeout,
    // While shutting down, requests are still answered; the load balancer decides when they stop.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: HEADERS_MAX,
      headersTimeout: Math.min(settings.requestTimeout, HEADERS_TIMEOUT_MAX),
      connectionsCheckingInterval: TIMEOUT_CHECK_EVERY,
      requireHostHeader: false, // `expectOneHost` answers that, and not without a body
    },
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX },
    genReqId: requestIdOf,
    clientErrorHandler: answerBrokenRequests(headers, logger),
    // What the router itself refuses passes no hook: bad escapes, parameters that are too long.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(headers.strict).header('x-request-id', request.id);
      sendProblem(error, request, reply, logger);
      logRequest(request, reply, logger);
    },
    // Nothing here is a Nest middleware, so nothing needs to be asked for one on each request.
    skipMiddie: true,
    multipart: false,
  });
  // The adapter's own place for a hook is before CORS, which answers preflights without asking further.
  adapter.setOnRequestHook((request, reply, done) => {
    protect(request, reply, headers, DOCS_PATH);
    void reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

/** A count becomes a function, since Fastify takes a number for "trust nobody". */
function forFastify(trusted: Settings['trustProxy']) {
  if (typeof trusted === 'number') return (_address: string, hop: number) => hop < trusted;
  return trusted === undefined ? false : [...trusted];
}
