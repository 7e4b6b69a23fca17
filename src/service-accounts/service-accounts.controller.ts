import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
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
import { StaleAuthentication } from '../access/access.errors.js';
import { AccessDenied } from '../access/access.errors.js';
import { RequirePermissions } from '../access/access.js';
import { CurrentActor } from '../access/current.js';
import { Fresh } from '../access/fresh.js';
import type { SignedIn } from '../access/principal.js';
import {
  CREATED_HEADERS,
  ETAG_HEADER,
  SeenVersion,
  TakesIfMatch,
  etagOf,
} from '../platform/http/etag.js';
import { InvalidCursor } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { UnknownRole } from '../principals/principals.errors.js';
import { ApiImpact, ApiOkOrImpact, DryRun } from '../revocation/rehearsal/dry-run.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../revocation/rehearsal/rehearsals.js';
import { TokenTooLarge } from '../tokens/token-issuer.js';
import { TokensRevoked } from '../users/user.dto.js';
import { AccountAccessService } from './account-access.service.js';
import {
  ChangeServiceAccount,
  CreateServiceAccount,
  ServiceAccountPage,
  ServiceAccountParams,
  ServiceAccountQuery,
  ServiceAccountView,
  SetAccountRoles,
} from './service-account.dto.js';
import { ServiceAccountNameTaken, ServiceAccountNotFound } from './service-accounts.errors.js';
import { ServiceAccountsService } from './service-accounts.service.js';

@ApiTags('service accounts')
@Controller('v1/service-accounts')
export class ServiceAccountsController {
  constructor(
    private readonly accounts: ServiceAccountsService,
    private readonly access: AccountAccessService,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @RequirePermissions('service-accounts:read')
  @ApiOperation({ summary: 'List service accounts, newest first' })
  @ApiOkResponse({ type: ServiceAccountPage })
  @Throws(InvalidCursor)
  list(@Query() query: ServiceAccountQuery): Promise<ServiceAccountPage> {
    return this.accounts.list(query);
  }

  @Post()
  @RequirePermissions('service-accounts:write')
  @Fresh()
  @ApiOperation({
    summary: 'Make a service account, with roles that give no more than you may do yourself',
  })
  @ApiCreatedResponse({ type: ServiceAccountView, headers: CREATED_HEADERS })
  @Throws(AccessDenied, UnknownRole, ServiceAccountNameTaken, TokenTooLarge)
  async create(
    @CurrentActor() actor: SignedIn,
    @Body() body: CreateServiceAccount,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView> {
    const account = await this.accounts.create(actor, body);
    void reply.header('Location', `/v1/service-accounts/${account.id}`);
    return tagged(reply, account);
  }

  @Get(':id')
  @RequirePermissions('service-accounts:read')
  @ApiOperation({ summary: 'Read a service account' })
  @ApiOkResponse({ type: ServiceAccountView, headers: ETAG_HEADER })
  @Throws(ServiceAccountNotFound)
  async read(
    @Param() { id }: ServiceAccountParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView> {
    return tagged(reply, await this.accounts.get(id));
  }

  @Patch(':id')
  @RequirePermissions('service-accounts:read')
  @TakesIfMatch()
  @ApiOperation({
    summary:
      'Change what is said of a service account that you own; with `service-accounts:write` of any, and rename it or hand it over',
  })
  @ApiOkResponse({ type: ServiceAccountView, headers: ETAG_HEADER })
  @Throws(AccessDenied, ServiceAccountNotFound, ServiceAccountNameTaken, StaleAuthentication)
  async change(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @SeenVersion() seen: number | undefined,
    @Body() body: ChangeServiceAccount,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView> {
    return tagged(reply, await this.accounts.change(actor, id, seen, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermissions('service-accounts:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Remove a service account; its tokens are refused at once' })
  @ApiNoContentResponse()
  @ApiImpact()
  @Throws(AccessDenied, ServiceAccountNotFound)
  async delete(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @SeenVersion() seen: number | undefined,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Impact | undefined> {
    const act = () => this.access.delete(actor, id, seen);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return undefined;
  }

  @Put(':id/roles')
  @RequirePermissions('service-accounts:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({
    summary: 'Set the roles of a service account; what is taken away, it loses at once',
  })
  @ApiOkOrImpact(ServiceAccountView, { headers: ETAG_HEADER })
  @Throws(AccessDenied, UnknownRole, ServiceAccountNotFound, TokenTooLarge)
  async setRoles(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @SeenVersion() seen: number | undefined,
    @Query() { dryRun }: DryRun,
    @Body() { roles }: SetAccountRoles,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView | Impact> {
    const act = () => this.access.setRoles(actor, id, seen, roles);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return tagged(reply, await this.accounts.get(id));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @RequirePermissions('service-accounts:write')
  @ApiOperation({
    summary: 'Disable a service account: its tokens are refused, and it gets no others',
  })
  @ApiOkOrImpact(ServiceAccountView, { headers: ETAG_HEADER })
  @Throws(AccessDenied, ServiceAccountNotFound)
  async disable(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView | Impact> {
    const act = () => this.access.disable(actor, id);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return tagged(reply, await this.accounts.get(id));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @RequirePermissions('service-accounts:write')
  @Fresh()
  @ApiOperation({ summary: 'Let a disabled service account have tokens again' })
  @ApiOkResponse({ type: ServiceAccountView, headers: ETAG_HEADER })
  @Throws(AccessDenied, ServiceAccountNotFound)
  async enable(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView> {
    await this.access.enable(actor, id);
    return tagged(reply, await this.accounts.get(id));
  }

  @Post(':id/revoke-tokens')
  @HttpCode(200)
  @RequirePermissions('service-accounts:write')
  @ApiOperation({
    summary: 'Refuse every token of a service account; its credentials get it new ones',
  })
  @ApiOkOrImpact(TokensRevoked)
  @Throws(AccessDenied, ServiceAccountNotFound)
  async revokeTokens(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensRevoked | Impact> {
    const act = () => this.access.revokeTokens(actor, id);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    return { revision: await act() };
  }
}

function tagged(reply: FastifyReply, account: ServiceAccountView): ServiceAccountView {
  void reply.header('ETag', etagOf(account.version));
  return account;
}
