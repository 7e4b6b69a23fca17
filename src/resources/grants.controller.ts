import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { AccessDenied } from '../access/access.errors.js';
import { RequirePermissions } from '../access/access.js';
import { CurrentActor } from '../access/current.js';
import type { SignedIn } from '../access/principal.js';
import { PageQuery } from '../platform/http/pagination.js';
import { InvalidCursor } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { CreateGrant, GrantPage, GrantParams, GrantView } from './grant.dto.js';
import { GrantsService } from './grants.service.js';
import { ResourceParams } from './resource.dto.js';
import { GrantNotFound, ResourceNotFound, UnknownGrantee } from './resources.errors.js';

@ApiTags('resources')
@Controller('v1/resources/:id/grants')
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  @Get()
  @RequirePermissions('resources:read')
  @ApiOperation({
    summary: 'List the grants on a resource that you own, or on any with `resources:manage`',
  })
  @ApiOkResponse({ type: GrantPage })
  @Throws(AccessDenied, ResourceNotFound, InvalidCursor)
  list(
    @CurrentActor() actor: SignedIn,
    @Param() params: ResourceParams,
    @Query() query: PageQuery,
  ): Promise<GrantPage> {
    return this.grants.list(actor, params.id, query);
  }

  @Post()
  @RequirePermissions('resources:write')
  @ApiOperation({
    summary:
      'Allow a user, or everyone with a role, some of the actions of a resource that you own',
  })
  @ApiCreatedResponse({ type: GrantView })
  @Throws(AccessDenied, UnknownGrantee, ResourceNotFound)
  async create(
    @CurrentActor() actor: SignedIn,
    @Param() params: ResourceParams,
    @Body() body: CreateGrant,
  ): Promise<GrantView> {
    return GrantView.of(await this.grants.create(actor, params.id, body));
  }

  @Delete(':grantId')
  @HttpCode(204)
  @RequirePermissions('resources:write')
  @ApiOperation({ summary: 'Take a grant back' })
  @ApiNoContentResponse()
  @Throws(AccessDenied, ResourceNotFound, GrantNotFound)
  async delete(@CurrentActor() actor: SignedIn, @Param() params: GrantParams): Promise<void> {
    await this.grants.delete(actor, params.id, params.grantId);
  }
}
