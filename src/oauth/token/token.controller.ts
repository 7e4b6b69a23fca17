import { Controller, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { TooManyAttempts } from '../../auth/auth.errors.js';
import { FormBody } from '../../platform/http/form-fields.js';
import { ServiceUnavailable } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { TokenTooLarge } from '../../tokens/token-issuer.js';
import { TOKEN_PATH } from '../addresses.js';
import { OAuthEndpoint } from '../oauth-endpoint.js';
import {
  InvalidScope,
  InvalidSubjectToken,
  InvalidTarget,
  UnauthorizedClient,
  UnsupportedGrantType,
} from '../oauth.errors.js';
import { AccessTokenResponse, TokenForm } from './token.dto.js';
import { TokenService } from './token.service.js';

@ApiTags('standards')
@Controller(TOKEN_PATH)
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  @Post()
  @OAuthEndpoint(TokenForm)
  @ApiOperation({
    summary: 'Get an access token (RFC 6749), for a resource (RFC 8707), by exchange (RFC 8693)',
    description:
      'Clients authenticate by HTTP Basic, by `client_secret`, or by `client_assertion`. A person who exchanges a token of their own sends none of these.',
  })
  @ApiOkResponse({ type: AccessTokenResponse })
  @Throws(
    InvalidClient,
    AmbiguousCredentials,
    TooManyAttempts,
    UnsupportedGrantType,
    UnauthorizedClient,
    InvalidScope,
    InvalidTarget,
    InvalidSubjectToken,
    TokenTooLarge,
    RevocationStateStale,
    ServiceUnavailable,
  )
  issue(
    @FormBody(TokenForm) form: TokenForm,
    @Req() request: FastifyRequest,
  ): Promise<AccessTokenResponse> {
    return this.tokens.issue(request, form);
  }
}
