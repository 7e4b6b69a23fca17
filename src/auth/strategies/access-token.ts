import { Inject, Injectable } from '@nestjs/common';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { TokenCookies } from '../cookies/token-cookies.js';
import { bearerToken } from './bearer-token.js';
import type { HeaderSource } from './bearer-token.js';

/** An access token and how it came: a cookie comes by itself, so it takes more to believe it. */
export interface PresentedToken {
  readonly token: string;
  readonly location: 'header' | 'cookie';
}

/** Finds the access token of a request, in the places that `TOKEN_LOCATIONS` names. */
@Injectable()
export class AccessTokens {
  private readonly takesHeader: boolean;

  constructor(
    private readonly cookies: TokenCookies,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.takesHeader = settings.tokenLocations.includes('header');
  }

  /**
   * The token; undefined when none was sent.
   *
   * @param headerOnly ignores cookies, whatever the settings say.
   * @throws AmbiguousCredentials when there is more than one.
   * @throws InvalidToken when the Bearer scheme is followed by something that is no token.
   */
  of(request: HeaderSource, headerOnly: boolean): PresentedToken | undefined {
    const bearer = bearerToken(request);
    const cookie = headerOnly ? undefined : this.cookies.accessTokenOf(request);
    if (cookie === undefined) {
      return bearer === undefined || !this.takesHeader
        ? undefined
        : { token: bearer, location: 'header' };
    }
    if (bearer !== undefined) throw new AmbiguousCredentials();
    return { token: cookie, location: 'cookie' };
  }
}
