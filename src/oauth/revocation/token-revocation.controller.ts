import { Controller, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AmbiguousCredentials, InvalidToken } from '../../access/access.errors.js';
import { AnonymousActor } from '../../access/current.js';
import type { Actor } from '../../access/principal.js';
import { TooManyAttempts } from '../../auth/auth.errors.js';
import { FormBody } from '../../platform/http/form-fields.js';
import { ServiceUnavailable } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { REVOCATION_PATH } from '../addresses.js';
import { TokenAsForm } from '../clients/client.dto.js';
import { CallersService } from '../clients/callers.service.js';
import { UnsupportedTokenType } from '../oauth.errors.js';
import { OAuthEndpoint } from '../oauth-endpoint.js';
import { TokenRevocationService } from './token-revocation.service.js';

@ApiTags('standards')
@Controller(REVOCATION_PATH)
export class TokenRevocationController {
  constructor(
    private readonly callers: CallersService,
    private readonly revocation: TokenRevocationService,
  ) {}

  @Post()
  @OAuthEndpoint(TokenAsForm, { kind: 'authenticated' })
  @ApiBearerAuth('bearer')
  @ApiOperation({
    summary: 'Revoke an access token, or with a refresh token its session (RFC 7009)',
    description:
      "Clients authenticate as at the token endpoint and revoke what was issued to them; with an access token people revoke their own, and whoever holds `revocations:write` anybody's. The owner of a resource revokes access tokens for it. Everything else is answered alike and has no effect.",
  })
  @ApiOkResponse({ description: 'If there was something to revoke, it is refused from now on.' })
  @Throws(
    InvalidClient,
    InvalidToken,
    AmbiguousCredentials,
    TooManyAttempts,
    UnsupportedTokenType,
    RevocationStateStale,
    ServiceUnavailable,
  )
  async revoke(
    @FormBody(TokenAsForm) form: TokenAsForm,
    @Req() request: FastifyRequest,
    @AnonymousActor() { revoked }: Actor,
  ): Promise<void> {
    const { actor, ...caller } = await this.callers.caller(request, form);
    const receiver = revoked === undefined ? actor : { ...actor, revoked };
    await this.revocation.revoke({ ...caller, actor: receiver }, form.token);
  }
}
