import type { Requirements } from './access.js';
import { TokenRejected, VerificationUnavailable } from './errors.js';
import type { VerifiedToken } from './verified-token.js';
import type { Verifier } from './verifier.js';

/** What is read of a request: Node's own, and what Express makes of it. */
export interface HeaderSource {
  readonly headers: { readonly authorization?: string | undefined };
  readonly rawHeaders: readonly string[];
}

/** How an adapter takes tokens. `Request` is the framework's. */
export interface AdapterOptions<Request> {
  /** Where the verified token goes; `auth` when absent. */
  readonly requestProperty?: string;
  /**
   * Another place than the Authorization header, such as a cookie; then the protection against
   * cross-site requests is yours. A token in both places is refused with 400.
   */
  readonly getToken?: (request: Request) => string | undefined;
  /** Told why, which the caller is not. */
  readonly onRefused?: (error: Error, request: Request) => void;
}

/** No token was sent. */
export class CredentialsMissing extends Error {
  override readonly name = 'CredentialsMissing';
}

/** Credentials were sent in a way that leaves open which are meant (RFC 6750 2). */
export class AmbiguousCredentials extends Error {
  override readonly name = 'AmbiguousCredentials';
}

/** RFC 6750 2.1, to the end of the line: text after the token is not ignored. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The access token in the Authorization header; undefined when there is none.
 *
 * @throws AmbiguousCredentials when the header was sent twice: Node keeps one of them, a proxy perhaps the other.
 * @throws TokenRejected when the Bearer scheme is followed by something that is no token.
 */
export function bearerToken({ headers, rawHeaders }: HeaderSource): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const sent = rawHeaders.filter((text, i) => i % 2 === 0 && /^authorization$/i.test(text));
  if (sent.length > 1) throw new AmbiguousCredentials('Two Authorization headers were sent');
  if (!/^Bearer(?: |$)/i.test(authorization)) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new TokenRejected('malformed');
  return token;
}

/**
 * The verified token of a request; undefined when none was sent.
 *
 * @throws AmbiguousCredentials, and what `Verifier.verify` throws.
 */
export async function tokenOf<Request>(
  verifier: Verifier,
  request: Request,
  source: HeaderSource,
  { getToken }: AdapterOptions<Request>,
  needs?: Requirements,
): Promise<VerifiedToken | undefined> {
  const inHeader = bearerToken(source);
  const elsewhere = getToken?.(request);
  if (inHeader !== undefined && elsewhere !== undefined) {
    throw new AmbiguousCredentials('Tokens were sent in two places');
  }
  const token = inHeader ?? elsewhere;
  return token === undefined ? undefined : verifier.verify(token, needs);
}

/** An answer that refuses: RFC 9457 in the body, RFC 6750 in the headers. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly code: string;
  };
}

/** The answer to an error of this package; undefined for any other, which is not ours to answer. */
export function refusalOf(error: unknown, needs: Requirements = {}): Refusal | undefined {
  if (error instanceof CredentialsMissing) {
    // RFC 6750 3.1: then the challenge carries no error code.
    return refusal(401, 'authentication_required', 'This needs an access token', challenge());
  }
  if (error instanceof AmbiguousCredentials) {
    const title = 'Credentials must be sent once, in one way';
    return refusal(400, 'ambiguous_credentials', title, challenge('invalid_request'));
  }
  if (error instanceof VerificationUnavailable) {
    const title = 'Whether the access token is valid cannot be known now';
    const headers = { 'Retry-After': `${error.retryAfter}` };
    return refusal(503, 'verification_unavailable', title, headers);
  }
  if (!(error instanceof TokenRejected)) return undefined;
  if (error.isInsufficient) {
    const headers = challenge('insufficient_scope', needs.scopes);
    return refusal(403, 'insufficient_scope', 'You may not do this', headers);
  }
  // Whatever the reason: which check failed helps nobody but an attacker.
  return refusal(401, 'invalid_token', 'The access token is not valid', challenge('invalid_token'));
}

function refusal(
  status: number,
  code: string,
  title: string,
  headers: Record<string, string>,
): Refusal {
  return {
    status,
    headers: {
      ...headers,
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
    },
    problem: { type: `urn:signet:problem:${code}`, title, status, code },
  };
}

/** The names in `scopes` were checked to be fit for a header field. */
function challenge(error?: string, scopes?: readonly string[]): Record<string, string> {
  const parameters = [
    'realm="signet"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(scopes === undefined ? [] : [`scope="${scopes.join(' ')}"`]),
  ];
  return { 'WWW-Authenticate': `Bearer ${parameters.join(', ')}` };
}

/** The tokens that the adapters verified, by request, wherever else they were put. */
const verifiedTokens = new WeakMap<object, VerifiedToken>();

/** Puts a verified token where handlers find it. */
export function remember(request: object, verified: VerifiedToken, property = 'auth'): void {
  verifiedTokens.set(request, verified);
  Object.defineProperty(request, property, {
    value: verified,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** The verified token of a request; undefined where none was needed and none was sent. */
export function authOf(request: object): VerifiedToken | undefined {
  return verifiedTokens.get(request);
}
