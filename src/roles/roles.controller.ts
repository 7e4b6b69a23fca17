import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
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
import {
  CREATED_HEADERS,
  ETAG_HEADER,
  SeenVersion,
  TakesIfMatch,
  etagOf,
} from '../platform/http/etag.js';
import { PageQuery } from '../platform/http/pagination.js';
import { InvalidCursor, PreconditionFailed } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { ApiImpact, ApiOkOrImpact, DryRun } from '../revocation/rehearsal/dry-run.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../revocation/rehearsal/rehearsals.js';
import { TokenTooLarge } from '../tokens/token-issuer.js';
import { ChangeRole, CreateRole, RolePage, RoleParams, RoleView } from './role.dto.js';
import { BuiltInRole, RoleExists, RoleNotFound } from './roles.errors.js';
import { RolesService } from './roles.service.js';

@ApiTags('roles')
@Controller('v1/roles')
export class RolesController {
  constructor(
    private readonly roles: RolesService,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @RequirePermissions('roles:read')
  @ApiOperation({ summary: 'List roles, by name' })
  @ApiOkResponse({ type: RolePage })
  @Throws(InvalidCursor)
  list(@Query() query: PageQuery): Promise<RolePage> {
    return this.roles.list(query);
  }

  @Post()
  @RequirePermissions('roles:write')
  @Fresh()
  @ApiOperation({ summary: 'Make a role of permissions that you hold yourself' })
  @ApiCreatedResponse({
    type: RoleView,
    headers: CREATED_HEADERS,
  })
  @Throws(AccessDenied, RoleExists)
  async create(
    @CurrentActor() actor: SignedIn,
    @Body() body: CreateRole,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleView> {
    const role = await this.roles.create(actor, body);
    void reply.header('Location', `/v1/roles/${role.name}`).header('ETag', etagOf(role.version));
    return RoleView.of(role);
  }

  @Get(':name')
  @RequirePermissions('roles:read')
  @ApiOperation({ summary: 'Read a role' })
  @ApiOkResponse({ type: RoleView, headers: ETAG_HEADER })
  @Throws(RoleNotFound)
  async read(
    @Param() params: RoleParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleView> {
    const role = await this.roles.get(params.name);
    void reply.header('ETag', etagOf(role.version));
    return RoleView.of(role);
  }

  @Patch(':name')
  @RequirePermissions('roles:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Change a role; what is taken out of it, its holders lose at once' })
  @ApiOkOrImpact(RoleView, { headers: ETAG_HEADER })
  @Throws(AccessDenied, RoleNotFound, BuiltInRole, PreconditionFailed, TokenTooLarge)
  async change(
    @CurrentActor() actor: SignedIn,
    @Param() params: RoleParams,
    @SeenVersion() seen: number | undefined,
    @Query() { dryRun }: DryRun,
    @Body() body: ChangeRole,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleView | Impact> {
    const act = () => this.roles.change(actor, params.name, seen, body);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    const role = await act();
    void reply.header('ETag', etagOf(role.version));
    return RoleView.of(role);
  }

  @Delete(':name')
  @HttpCode(204)
  @RequirePermissions('roles:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Remove a role and take it from everyone who has it' })
  @ApiNoContentResponse()
  @ApiImpact()
  @Throws(RoleNotFound, BuiltInRole)
  async delete(
    @CurrentActor() actor: SignedIn,
    @Param() params: RoleParams,
    @SeenVersion() seen: number | undefined,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Impact | undefined> {
    const act = () => this.roles.delete(actor, params.name, seen);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return undefined;
  }
}
