import { Header, HttpCode, SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiSecurity } from '@nestjs/swagger';
import { Public } from '../access/access.js';
import type { Access } from '../access/access.js';
import { FormRoute } from '../platform/http/error-format.js';
import { TakesForm } from '../platform/http/form-fields.js';
import { OAUTH_ERRORS, OAuthErrorView } from './oauth-error-format.js';

/** The name of client authentication by HTTP Basic in the OpenAPI document. */
export const CLIENT_SCHEME = 'client';

const CALLERS = 'signet:oauth-callers';

/** Who may call an endpoint of OAuth beside clients that authenticate. */
export interface OAuthCallers {
  /** What an access token in the header must say; undefined where none is taken. */
  readonly bearer: Exclude<Access, { readonly kind: 'public' | 'optional' }> | undefined;
}

/** What an endpoint of OAuth says of its callers; undefined for every other route. */
export function oauthCallersOf(handler: object): OAuthCallers | undefined {
  const callers: unknown = Reflect.getMetadata(CALLERS, handler);
  return callers as OAuthCallers | undefined; // only `OAuthEndpoint` writes this key
}

/**
 * An endpoint of OAuth: takes a form, errs as RFC 6749 5.2 says, and is never cached. Public to Nest's
 * guards: whoever calls authenticates as a client, which the endpoint sees to.
 *
 * @param bearer what the endpoint asks of an access token in the header, for explanations and not enforced
 *   by this; none is taken when absent.
 */
export const OAuthEndpoint = (form: new () => object, bearer?: OAuthCallers['bearer']) =>
  applyDecorators(
    Public(),
    HttpCode(200),
    Header('Cache-Control', 'no-store'),
    Header('Pragma', 'no-cache'), // RFC 6749 5.1
    FormRoute(OAUTH_ERRORS),
    TakesForm(form),
    ApiExtraModels(OAuthErrorView),
    ApiSecurity(CLIENT_SCHEME),
    SetMetadata(CALLERS, { bearer } satisfies OAuthCallers),
  );
