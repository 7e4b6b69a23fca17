import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertMayAccess, checkRequirements } from '../access.js';
import type { Requirements } from '../access.js';
import { CredentialsMissing, authOf, refusalOf, remember, tokenOf } from '../bearer.js';
import type { AdapterOptions } from '../bearer.js';
import type { Verifier } from '../verifier.js';

export { authOf } from '../bearer.js';

/** Of Express, or of whatever else calls middleware the same way. */
type Middleware<Request> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface ExpressOptions<Request = IncomingMessage> extends AdapterOptions<Request> {
  /** Whether a request without a token is refused; true when absent. A bad token always is. */
  readonly credentialsRequired?: boolean;
}

/** Middleware that lets in only requests with a good token; mount public routes before it. */
export function authenticate<Request extends IncomingMessage>(
  verifier: Verifier,
  options: ExpressOptions<Request> = {},
): Middleware<Request> {
  const { credentialsRequired = true, requestProperty, onRefused } = options;
  const enter = async (request: Request) => {
    const verified = await tokenOf(verifier, request, request, options);
    if (verified !== undefined) remember(request, verified, requestProperty);
    else if (credentialsRequired) throw new CredentialsMissing();
  };
  return (request, response, next) => {
    enter(request)
      .then(
        () => next(),
        (error: unknown) => {
          refuse(error, {}, response, next, () => onRefused?.(error as Error, request));
        },
      )
      .catch(next);
  };
}

/** Middleware for one route, after `authenticate`: the token must say this. */
export function requires<Request extends IncomingMessage>(
  needs: Requirements,
  { onRefused }: Pick<AdapterOptions<Request>, 'onRefused'> = {},
): Middleware<Request> {
  checkRequirements(needs);
  return (request, response, next) => {
    try {
      const verified = authOf(request);
      if (verified === undefined) throw new CredentialsMissing();
      assertMayAccess(verified, needs);
    } catch (error) {
      refuse(error, needs, response, next, () => onRefused?.(error as Error, request));
      return;
    }
    next();
  };
}

function refuse(
  error: unknown,
  needs: Requirements,
  response: ServerResponse,
  next: (error?: unknown) => void,
  tell: () => void,
): void {
  const refusal = refusalOf(error, needs);
  if (refusal === undefined) {
    next(error);
    return;
  }
  tell();
  response.writeHead(refusal.status, refusal.headers).end(JSON.stringify(refusal.problem));
}
