import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { checkRequirements } from '../access.js';
import type { Requirements } from '../access.js';
import { CredentialsMissing, refusalOf, remember, tokenOf } from '../bearer.js';
import type { AdapterOptions } from '../bearer.js';
import type { Verifier } from '../verifier.js';

export { authOf } from '../bearer.js';

/** Who may call a route: anyone, anyone but with a good token if they send one, or whoever has this. */
export type RouteAccess = 'public' | 'optional' | Requirements;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Any good token when absent. */
    signet?: RouteAccess;
  }
}

export interface FastifyOptions extends AdapterOptions<FastifyRequest> {
  readonly verifier: Verifier;
}

/**
 * A plugin that asks every route registered after it, here and below, for a token. A route says more
 * with `config: { signet: ... }`.
 */
export const signet: FastifyPluginCallback<FastifyOptions> = (app, options, done) => {
  const { verifier, requestProperty = 'auth', onRefused } = options;
  app.decorateRequest(requestProperty, undefined);
  // A mistake in a declaration stops the start.
  app.addHook('onRoute', ({ config }) => void needsOf(config?.signet));
  // Before the body is read: who may not come in sends nothing.
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.signet;
    if (access === 'public') return undefined;
    try {
      const verified = await tokenOf(verifier, request, request.raw, options, needsOf(access));
      if (verified !== undefined) remember(request, verified, requestProperty);
      else if (access !== 'optional') throw new CredentialsMissing();
      return undefined;
    } catch (error) {
      return refuse(error, needsOf(access), reply, () => onRefused?.(error as Error, request));
    }
  });
  done();
};

// What fastify-plugin does: the hook is for whoever registers the plugin, not for the plugin alone.
Object.assign(signet, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@signet/verifier',
});

/** @throws TypeError for any other declaration: taken for none, it would let in every good token. */
function needsOf(access: RouteAccess | undefined): Requirements {
  if (access === undefined || access === 'public' || access === 'optional') return {};
  return checkRequirements(access);
}

function refuse(error: unknown, needs: Requirements, reply: FastifyReply, tell: () => void) {
  const refusal = refusalOf(error, needs);
  if (refusal === undefined) throw error;
  tell();
  return reply.code(refusal.status).headers(refusal.headers).send(JSON.stringify(refusal.problem));
}
