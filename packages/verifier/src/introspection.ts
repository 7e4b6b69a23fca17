import { createHash } from 'node:crypto';
import type { AccessTokenClaims } from './claims.js';
import { isObject } from './claims.js';
import { basicAuthorization } from './client-authentication.js';
import { clockFrom } from './clock.js';
import type { Clock } from './clock.js';
import { RevocationUnavailable } from './errors.js';
import { JsonHttp, NoAnswer, UnusableAnswer } from './http.js';
import type { HttpOptions } from './http.js';
import { IssuerMetadata } from './metadata.js';
import type { PresentedToken, RevocationCheck } from './revocation.js';

type Where =
  | { readonly issuer: string; readonly endpoint?: never }
  | { readonly endpoint: string; readonly issuer?: never };

/** Where is `issuer`, whose metadata then names the endpoint, or the `endpoint` itself. Spans are seconds. */
export type IntrospectionOptions = HttpOptions &
  Where & {
    /** A service account that may introspect. */
    readonly clientId: string;
    readonly clientSecret: string;
    /**
     * How long an answer is believed; 5 when absent, 0 asks for every request. By so much later a
     * revocation is noticed.
     */
    readonly cacheFor?: number;
    /**
     * Whether tokens count as good when Signet does not answer (nothing comes, or 5xx or 429); they do not
     * (503) when absent. An answer that refuses us is no such failure.
     */
    readonly failOpen?: boolean;
    /** Told of each failure; without it nobody knows that `failOpen` lets in unchecked. */
    readonly onFailure?: (error: RevocationUnavailable) => void;
    /** Parts of a clock, for tests. */
    readonly clock?: Partial<Clock>;
  };

/** Answers that are kept; the oldest goes first. About 2 MB. */
const CACHE_MAX = 10_000;

/**
 * Asks Signet about each token (RFC 7662), and again when `cacheFor` is over. One for each issuer: with
 * `issuer`, another one's tokens are sent nowhere, and cannot be judged.
 */
export function introspection(options: IntrospectionOptions): RevocationCheck {
  return new Introspection(options);
}

interface Answer {
  readonly revoked: Promise<boolean>;
  /** On the monotonic clock, milliseconds. */
  readonly until: number;
}

class Introspection implements RevocationCheck {
  private readonly answers = new Map<string, Answer>();
  private readonly http: JsonHttp;
  private readonly clock: Clock;
  private readonly metadata: IssuerMetadata | undefined;
  private readonly authorization: string;

  constructor(private readonly options: IntrospectionOptions) {
    const { issuer, endpoint, clientId, clientSecret } = options;
    this.http = new JsonHttp(options);
    this.clock = clockFrom(options.clock);
    this.metadata = issuer === undefined ? undefined : new IssuerMetadata(issuer, this.http);
    if (endpoint !== undefined) this.http.checkUrl(endpoint, 'endpoint');
    this.authorization = basicAuthorization(clientId, clientSecret);
  }

  async isRevoked(claims: AccessTokenClaims, { token }: PresentedToken): Promise<boolean> {
    const { issuer, failOpen = false, onFailure } = this.options;
    if (issuer !== undefined && claims.iss !== issuer) {
      // Another issuer's token is good there: nobody else may get to see it.
      throw new RevocationUnavailable(`Only ${issuer} is asked here`);
    }
    try {
      return await this.answerFor(token);
    } catch (cause) {
      this.metadata?.forget(); // the endpoint may have moved
      const error = new RevocationUnavailable('Signet did not say whether the token is active', {
        cause,
      });
      onFailure?.(error);
      if (failOpen && isOutage(cause)) return false;
      throw error;
    }
  }

  /** The answer, for whoever asks while it is under way too. */
  private answerFor(token: string): Promise<boolean> {
    const now = this.clock.monotonic();
    const key = keyOf(token);
    const known = this.answers.get(key);
    if (known !== undefined && now < known.until) return known.revoked;
    const revoked = this.ask(token);
    // Counted from the question: what happened since may not be in the answer.
    this.keep(key, { revoked, until: now + (this.options.cacheFor ?? 5) * 1000 });
    return revoked;
  }

  private keep(key: string, answer: Answer): void {
    this.answers.delete(key);
    this.answers.set(key, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > CACHE_MAX && oldest !== undefined) this.answers.delete(oldest);
    answer.revoked.catch(() => {
      // A failure is no answer. Whoever asked hears of it from the promise itself.
      if (this.answers.get(key) === answer) this.answers.delete(key);
    });
  }

  private async ask(token: string): Promise<boolean> {
    const { endpoint = await this.metadata?.endpoint('introspection_endpoint') } = this.options;
    if (endpoint === undefined) throw new TypeError('introspection needs issuer or endpoint');
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers = { authorization: this.authorization };
    const { status, body } = await this.http.post(endpoint, form, headers);
    const active = isObject(body) && 'active' in body ? body.active : undefined;
    if (status !== 200 || typeof active !== 'boolean') {
      throw new UnusableAnswer(status, `The introspection endpoint answered ${status}`);
    }
    return !active;
  }
}

/** Whether nobody answered who could say anything, rather than somebody who says no. */
function isOutage(error: unknown): boolean {
  if (error instanceof NoAnswer) return true;
  return error instanceof UnusableAnswer && (error.status >= 500 || error.status === 429);
}

/**
 * What is signed, without the signature: that can be spelled in two ways, and both are one token. As a
 * digest, since tokens are large, and no business of a heap dump.
 */
function keyOf(token: string): string {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url');
}
