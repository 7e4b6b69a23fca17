import { Header, HttpCode, applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiSecurity } from '@nestjs/swagger';
import { Public } from '../access/access.js';
import { FormRoute } from '../platform/http/error-format.js';
import { TakesForm } from '../platform/http/form-fields.js';
import { OAUTH_ERRORS, OAuthErrorView } from './oauth-error-format.js';

/** The name of client authentication by HTTP Basic in the OpenAPI document. */
export const CLIENT_SCHEME = 'client';

/**
 * An endpoint of OAuth: takes a form, errs as RFC 6749 5.2 says, and is never cached. Public to Nest's
 * guards: whoever calls authenticates as a client, which the endpoint sees to.
 */
export const OAuthEndpoint = (form: new () => object) =>
  applyDecorators(
    Public(),
    HttpCode(200),
    Header('Cache-Control', 'no-store'),
    Header('Pragma', 'no-cache'), // RFC 6749 5.1
    FormRoute(OAUTH_ERRORS),
    TakesForm(form),
    ApiExtraModels(OAuthErrorView),
    ApiSecurity(CLIENT_SCHEME),
  );
