import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { ServerSecrets } from '../../keys/server-secrets.js';
import { CsrfFailed } from './cookies.errors.js';
import { isCsrfTokenOf, makeCsrfToken } from './csrf-token.js';
import { isFromOwnPage } from './own-page.js';
import { TokenCookies } from './token-cookies.js';

/** What this service reads of a request. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Keeps pages of other sites from acting through the cookies that a browser adds by itself. Three things,
 * each enough against some attacks and none against all: where the request comes from, a header that
 * only a page that reads our cookie can fill, and that cookie being made for this very session.
 */
@Injectable()
export class CsrfService {
  private readonly origins: ReadonlySet<string>;
  private readonly methods: ReadonlySet<string>;
  private readonly headerName: string;
  private readonly header: string;

  constructor(
    private readonly cookies: TokenCookies,
    private readonly secrets: ServerSecrets,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.origins = new Set([new URL(settings.issuer).origin, ...settings.corsOrigins]);
    this.methods = new Set(settings.csrfMethods);
    this.headerName = settings.csrfHeader;
    this.header = settings.csrfHeader.toLowerCase();
  }

  tokenFor(sessionId: string): string {
    return makeCsrfToken(sessionId, this.secrets.get('csrf-mac'));
  }

  /** For a request that a cookie authenticates: checks those whose method changes something. @throws CsrfFailed */
  protect(request: GuardedRequest, sessionId: string): void {
    if (this.methods.has(request.method)) this.verify(request, sessionId);
  }

  /** The session's CSRF token, which the request has proved to know. @throws CsrfFailed */
  verify(request: GuardedRequest, sessionId: string): string {
    this.expectOwnPage(request);
    const sent = request.headers[this.header];
    if (sent === undefined)
      throw new CsrfFailed({ detail: `The header ${this.headerName} is missing` });
    const kept = this.cookies.csrfTokenOf(request);
    if (kept === undefined)
      throw new CsrfFailed({ detail: 'The cookie of the CSRF token is missing' });
    const isGood = sent === kept && isCsrfTokenOf(sessionId, kept, this.secrets.get('csrf-mac'));
    if (!isGood) throw new CsrfFailed({ detail: 'The CSRF token is not the one of this session' });
    return kept;
  }

  /** For signing in, where there is no session yet that a token could belong to. @throws CsrfFailed */
  expectOwnPage({ headers }: GuardedRequest): void {
    if (isFromOwnPage(headers, this.origins)) return;
    throw new CsrfFailed({
      detail: 'It comes from a page of another origin, or from no page at all',
    });
  }
}
