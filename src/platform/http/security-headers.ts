import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyHelmet from '@fastify/helmet';
import type { FastifyHelmetOptions } from '@fastify/helmet';

type HeaderList = Readonly<Record<string, string>>;

/** The headers of every answer, worked out once; helmet would work them out again for each request. */
export interface SecurityHeaders {
  readonly strict: HeaderList;
  /** For the one page that is meant for browsers. */
  readonly relaxed: HeaderList;
}

/** An API has nothing that a browser should run, frame or submit, so it may do nothing at all. */
const STRICT_POLICY = {
  'default-src': ["'none'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
};

/** Swagger UI: its own files, and the inline styles that it cannot do without. Nothing from elsewhere. */
const RELAXED_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'font-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

function helmetOptions(directives: Record<string, string[]>): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // Without subdomains: what else runs below this name is not ours to decide.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    // For browsers that are gone, or for pages that run scripts.
    originAgentCluster: false,
    dnsPrefetchControl: false,
    ieNoOpen: false,
    permittedCrossDomainPolicies: false,
    xssFilter: false,
  };
}

/** Asks helmet for the headers of both kinds. */
export async function securityHeaders(): Promise<SecurityHeaders> {
  const strict = await headersOf(helmetOptions(STRICT_POLICY));
  const relaxed = await headersOf(helmetOptions(RELAXED_POLICY));
  // Answers are for whoever asked; the few that others may keep say so themselves.
  return { strict: { ...strict, 'cache-control': 'no-store' }, relaxed };
}

/** What the plugin adds to any answer, by having one server answer one request that never came. */
async function headersOf(options: FastifyHelmetOptions): Promise<HeaderList> {
  const probe = fastify();
  await probe.register(fastifyHelmet, options);
  const headers = new Promise<HeaderList>((resolve) => {
    probe.setNotFoundHandler((_request, reply) => {
      reply.hijack();
      resolve(reply.raw.getHeaders() as HeaderList); // helmet sets each header once, to a string
    });
  });
  await probe.ready();
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/' });
  probe.routing(request, new ServerResponse(request));
  return headers;
}

/** Puts the headers on an answer: the relaxed ones on the routes at and below `relaxedPath`. */
export function protect(
  request: FastifyRequest,
  reply: FastifyReply,
  { strict, relaxed }: SecurityHeaders,
  relaxedPath: string,
): void {
  const route = request.routeOptions.url;
  const isRelaxed = route === relaxedPath || route?.startsWith(`${relaxedPath}/`) === true;
  void reply.headers(isRelaxed ? relaxed : strict);
}
