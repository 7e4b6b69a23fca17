import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccessDenied } from '../access/access.errors.js';
import { RequirePermissions } from '../access/access.js';
import { CurrentActor } from '../access/current.js';
import { Fresh } from '../access/fresh.js';
import type { SignedIn } from '../access/principal.js';
import { PageQuery } from '../platform/http/pagination.js';
import { InvalidCursor } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { ApiImpact, DryRun } from '../revocation/rehearsal/dry-run.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../revocation/rehearsal/rehearsals.js';
import {
  CreateCredential,
  CreatedCredential,
  CredentialPage,
  CredentialParams,
} from './credential.dto.js';
import { CredentialsService } from './credentials.service.js';
import { ServiceAccountParams } from './service-account.dto.js';
import {
  CredentialNotFound,
  ServiceAccountNotFound,
  TooManyCredentials,
} from './service-accounts.errors.js';

@ApiTags('service accounts')
@Controller('v1/service-accounts/:id/credentials')
export class CredentialsController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @RequirePermissions('service-accounts:read')
  @ApiOperation({ summary: 'List the credentials of a service account, newest first' })
  @ApiOkResponse({ type: CredentialPage })
  @Throws(ServiceAccountNotFound, InvalidCursor)
  list(@Param() { id }: ServiceAccountParams, @Query() query: PageQuery): Promise<CredentialPage> {
    return this.credentials.list(id, query);
  }

  @Post()
  @RequirePermissions('service-accounts:read')
  @Fresh()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary:
      'Give a service account that you own another credential, or any with `service-accounts:write`; it must not permit more than you may do yourself',
  })
  @ApiCreatedResponse({ type: CreatedCredential })
  @Throws(AccessDenied, ServiceAccountNotFound, TooManyCredentials)
  create(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @Body() body: CreateCredential,
  ): Promise<CreatedCredential> {
    return this.credentials.create(actor, id, body);
  }

  @Delete(':credentialId')
  @HttpCode(204)
  @RequirePermissions('service-accounts:read')
  @ApiOperation({
    summary:
      'Remove a credential of a service account that you own, or of any with `service-accounts:write`; its tokens are refused at once',
  })
  @ApiNoContentResponse()
  @ApiImpact()
  @Throws(AccessDenied, ServiceAccountNotFound, CredentialNotFound)
  async delete(
    @CurrentActor() actor: SignedIn,
    @Param() { id, credentialId }: CredentialParams,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Impact | undefined> {
    const act = () => this.credentials.delete(actor, id, credentialId);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return undefined;
  }
}
