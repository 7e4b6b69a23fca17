import { SetMetadata, applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import { problemBody } from './problem.js';
import type { Problem, ProblemKind } from './problem.js';

/** How problems look on the wire. A standard that a route follows may have a form of its own. */
export interface ErrorFormat {
  readonly contentType: string;
  /** The name of the body's schema in the OpenAPI document. */
  readonly schema: string;
  statusOf(kind: ProblemKind): number;
  bodyOf(problem: Problem, requestId: string): object;
}

/** RFC 9457: what every route answers that does not say otherwise. */
export const PROBLEM_JSON: ErrorFormat = {
  contentType: 'application/problem+json',
  schema: 'Problem',
  statusOf: ({ status }) => status,
  bodyOf: problemBody,
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's own; the default is RFC 9457. */
    readonly errorFormat?: ErrorFormat;
    /** Whether the route takes a form, and then nothing else. */
    readonly takesForm?: boolean;
  }
}

const FORMAT = 'signet:error-format';

/**
 * A route of OAuth's kind: its body is a form (RFC 6749 appendix B) and never JSON, and its errors have
 * a format of their own, whoever finds them: the parser, the router, a guard, the handler.
 */
export const FormRoute = (errorFormat: ErrorFormat) =>
  applyDecorators(
    RouteConfig({ takesForm: true, errorFormat } satisfies FastifyContextConfig),
    SetMetadata(FORMAT, errorFormat),
  );

/** How errors of the request's route look. */
export function errorFormatFor(request: FastifyRequest): ErrorFormat {
  return configOf(request).errorFormat ?? PROBLEM_JSON;
}

/** The same for a handler, for the documentation. */
export function errorFormatOf(handler: object): ErrorFormat {
  const format: unknown = Reflect.getMetadata(FORMAT, handler);
  return (format as ErrorFormat | undefined) ?? PROBLEM_JSON; // only `FormRoute` writes this key
}

/** Whether the request's route takes a form. */
export function takesForm(request: FastifyRequest): boolean {
  return configOf(request).takesForm === true;
}

/** An address that leads nowhere has no configuration, whatever the type says. */
function configOf({ routeOptions }: FastifyRequest): FastifyContextConfig {
  const { config } = routeOptions as { readonly config?: FastifyContextConfig };
  return config ?? {};
}
