import { isIP } from 'node:net';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticationRequired } from './access.errors.js';
import type { Actor, Origin, Principal, SignedIn } from './principal.js';

/** Passport puts whoever it authenticated on `request.user`; after the `jwt` strategy that is a Principal. */
type Request = FastifyRequest & { readonly user?: Principal };

const USER_AGENT_MAX = 255;

export function principalOf(context: ExecutionContext): Principal | undefined {
  return context.switchToHttp().getRequest<Request>().user;
}

export function originOf(request: FastifyRequest): Origin {
  const userAgent = (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_MAX).toWellFormed();
  return { ip: addressOf(request), userAgent, requestId: request.id };
}

/**
 * The address of the client. Some proxies append its port, with which every connection would be a source
 * of its own; whatever else a proxy may say that is no address, the connection's is one.
 */
function addressOf({ ip, socket }: FastifyRequest): string {
  if (isIP(ip) !== 0) return ip;
  const bare = /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1];
  return bare !== undefined && isIP(bare) !== 0 ? bare : (socket.remoteAddress ?? '');
}

function signedIn(context: ExecutionContext): Principal {
  const principal = principalOf(context);
  // Only on a route that was declared public by mistake; a 401 is the safe answer to that.
  if (principal === undefined) throw new AuthenticationRequired();
  return principal;
}

/** The principal of the request, on a route that needs one. */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => signedIn(context),
);

/**
 * The principal of the request, on a route with `@OptionalAuth()`; undefined when no token was sent.
 *
 * @public
 */
export const OptionalPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined => principalOf(context),
);

/**
 * The header with the newest revision of what a request has revoked: with it one can ask who knows of that,
 * and for answers that are no older.
 */
export const REVISION_HEADER = 'signet-revision';

/** The principal and where they call from, for acts that are audited. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): SignedIn => ({
    principal: signedIn(context),
    ...callerIn(context),
  }),
);

/** Where the request comes from, on a route that needs no token. */
export const AnonymousActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor =>
  callerIn(context),
);

function callerIn(context: ExecutionContext): Actor {
  const http = context.switchToHttp();
  return {
    origin: originOf(http.getRequest<FastifyRequest>()),
    revoked: (revision) => {
      void http.getResponse<FastifyReply>().header(REVISION_HEADER, revision);
    },
  };
}
