import { Controller, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AccessDenied, AmbiguousCredentials, InvalidToken } from '../../access/access.errors.js';
import { TooManyAttempts } from '../../auth/auth.errors.js';
import { FormBody } from '../../platform/http/form-fields.js';
import { ServiceUnavailable } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { MinRevision } from '../../revocation/min-revision.js';
import { RevisionNotReached, RevocationStateStale } from '../../revocation/revocation.errors.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import { InvalidClient } from '../../service-accounts/service-accounts.errors.js';
import { INTROSPECTION_PATH } from '../addresses.js';
import { TokenAsForm } from '../clients/client.dto.js';
import { CallersService } from '../clients/callers.service.js';
import { OAuthEndpoint } from '../oauth-endpoint.js';
import { IntrospectionView } from './introspection.dto.js';
import { IntrospectionService } from './introspection.service.js';

@ApiTags('standards')
@Controller(INTROSPECTION_PATH)
export class IntrospectionController {
  constructor(
    private readonly callers: CallersService,
    private readonly introspection: IntrospectionService,
    private readonly feed: RevocationFeed,
  ) {}

  @Post()
  @OAuthEndpoint(TokenAsForm, { kind: 'permissions', allOf: ['tokens:introspect'] })
  @ApiBearerAuth('bearer')
  @ApiOperation({
    summary: 'Ask whether a token is active (RFC 7662)',
    description:
      'Clients authenticate as at the token endpoint; an access token needs the permission `tokens:introspect`. A client learns about its own tokens and about those for resources that it owns, with that permission about all. Everything else is `{"active":false}`.',
  })
  @ApiOkResponse({ type: IntrospectionView })
  @Throws(
    InvalidClient,
    InvalidToken,
    AccessDenied,
    AmbiguousCredentials,
    TooManyAttempts,
    RevocationStateStale,
    RevisionNotReached,
    ServiceUnavailable,
  )
  async introspect(
    @FormBody(TokenAsForm) form: TokenAsForm,
    @Query() { 'min-revision': minRevision }: MinRevision,
    @Req() request: FastifyRequest,
  ): Promise<IntrospectionView> {
    const caller = await this.callers.caller(request, form);
    if (minRevision !== undefined) await this.feed.reach(minRevision);
    return this.introspection.introspect(caller, form.token);
  }
}
