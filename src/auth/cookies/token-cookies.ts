import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { cookieValue } from './cookie-header.js';

/** What a browser is guaranteed to keep of one cookie, name and attributes included (RFC 6265 6.1). */
const COOKIE_MAX = 4096;
const LONGEST_AGE = 9_999_999_999;

/** What is put into the cookies at a sign-in and at a refresh. */
export interface CookieContents {
  readonly accessToken: string;
  readonly accessSeconds: number;
  readonly refreshToken: string;
  readonly csrfToken: string;
}

interface Headers {
  readonly headers: IncomingHttpHeaders;
}

/**
 * The three cookies. The tokens are `HttpOnly`, out of reach of scripts; the CSRF token is made to be read by
 * those of our own pages. Their names and attributes are the same whenever they are set and cleared, or
 * a browser would keep two of a kind.
 */
@Injectable()
export class TokenCookies {
  /** Characters that an access token may have to fit into its cookie. */
  readonly accessTokenMax: number;
  private readonly isOn: boolean;
  private readonly refreshSeconds: number;
  private readonly access: Cookie;
  private readonly refresh: Cookie;
  private readonly csrf: Cookie;

  constructor(@Inject(SETTINGS) settings: Settings) {
    const { cookies, cookieSameSite, cookieLifetime, tokenLocations } = settings;
    const sameSite = cookieSameSite === 'strict' ? 'Strict' : 'Lax';
    const domain = cookies.domain === undefined ? '' : `; Domain=${cookies.domain}`;
    const make = ({ name, path }: { name: string; path: string }, more: string) =>
      new Cookie(
        name,
        `${domain}; Path=${path}; Secure; SameSite=${sameSite}${more}`,
        cookieLifetime === 'token',
      );
    this.access = make(cookies.access, '; HttpOnly');
    this.refresh = make(cookies.refresh, '; HttpOnly');
    this.csrf = make(cookies.csrf, '');
    this.isOn = tokenLocations.includes('cookie');
    this.refreshSeconds = Math.floor(settings.refreshIdleTtl / 1000);
    this.accessTokenMax = COOKIE_MAX - this.access.with('', LONGEST_AGE).length;
  }

  /** @throws AmbiguousCredentials when it was sent twice; so for the next two. */
  accessTokenOf(request: Headers): string | undefined {
    return this.isOn ? this.access.of(request) : undefined;
  }

  refreshTokenOf(request: Headers): string | undefined {
    return this.isOn ? this.refresh.of(request) : undefined;
  }

  csrfTokenOf(request: Headers): string | undefined {
    return this.csrf.of(request);
  }

  set(reply: FastifyReply, contents: CookieContents): void {
    void reply.header('set-cookie', [
      this.access.with(contents.accessToken, contents.accessSeconds),
      this.refresh.with(contents.refreshToken, this.refreshSeconds),
      this.csrf.with(contents.csrfToken, this.refreshSeconds),
    ]);
  }

  setAccessToken(reply: FastifyReply, token: string, seconds: number): void {
    void reply.header('set-cookie', this.access.with(token, seconds));
  }

  /**
   * Takes the cookies back after signing out. No `Clear-Site-Data: "cookies"`: that empties the jar of the
   * whole registrable domain, and signs people out of whatever else runs there.
   */
  clear(reply: FastifyReply): void {
    const all = [this.access, this.refresh, this.csrf];
    void reply.header(
      'set-cookie',
      all.map((cookie) => cookie.cleared()),
    );
  }
}

/** One cookie; its name, attributes and values have nothing in them that needs escaping. */
class Cookie {
  constructor(
    private readonly name: string,
    private readonly attributes: string,
    private readonly isPersistent: boolean,
  ) {}

  of({ headers: { cookie } }: Headers): string | undefined {
    return cookie === undefined ? undefined : cookieValue(cookie, this.name);
  }

  /** As `Set-Cookie` has it. */
  with(value: string, seconds: number): string {
    const age = this.isPersistent ? `; Max-Age=${seconds}` : '';
    return `${this.name}=${value}${this.attributes}${age}`;
  }

  cleared(): string {
    return `${this.name}=${this.attributes}; Max-Age=0`;
  }
}
