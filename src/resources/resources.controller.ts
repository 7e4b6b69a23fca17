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
import {
  ChangeResource,
  CreateResource,
  ResourcePage,
  ResourceParams,
  ResourceQuery,
  ResourceView,
} from './resource.dto.js';
import { IdentifierTaken, ResourceNotFound } from './resources.errors.js';
import { ResourcesService } from './resources.service.js';

@ApiTags('resources')
@Controller('v1/resources')
export class ResourcesController {
  constructor(private readonly resources: ResourcesService) {}

  @Get()
  @RequirePermissions('resources:read')
  @ApiOperation({ summary: 'List resources, newest first' })
  @ApiOkResponse({ type: ResourcePage })
  @Throws(InvalidCursor)
  list(@Query() query: ResourceQuery): Promise<ResourcePage> {
    return this.resources.list(query);
  }

  @Post()
  @RequirePermissions('resources:write')
  @ApiOperation({ summary: 'Register a resource; you become its owner' })
  @ApiCreatedResponse({
    type: ResourceView,
    headers: CREATED_HEADERS,
  })
  @Throws(AccessDenied, IdentifierTaken)
  async create(
    @CurrentActor() actor: SignedIn,
    @Body() body: CreateResource,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ResourceView> {
    const resource = await this.resources.create(actor, body);
    void reply
      .header('Location', `/v1/resources/${resource.id}`)
      .header('ETag', etagOf(resource.version));
    return ResourceView.of(resource);
  }

  @Get(':id')
  @RequirePermissions('resources:read')
  @ApiOperation({ summary: 'Read a resource' })
  @ApiOkResponse({ type: ResourceView, headers: ETAG_HEADER })
  @Throws(ResourceNotFound)
  async read(
    @Param() params: ResourceParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ResourceView> {
    const resource = await this.resources.get(params.id);
    void reply.header('ETag', etagOf(resource.version));
    return ResourceView.of(resource);
  }

  @Patch(':id')
  @RequirePermissions('resources:write')
  @TakesIfMatch()
  @ApiOperation({
    summary: 'Change or hand over a resource that you own, or any with `resources:manage`',
  })
  @ApiOkResponse({ type: ResourceView, headers: ETAG_HEADER })
  @Throws(AccessDenied, ResourceNotFound)
  async change(
    @CurrentActor() actor: SignedIn,
    @Param() params: ResourceParams,
    @SeenVersion() seen: number | undefined,
    @Body() body: ChangeResource,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ResourceView> {
    const resource = await this.resources.change(actor, params.id, seen, body);
    void reply.header('ETag', etagOf(resource.version));
    return ResourceView.of(resource);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermissions('resources:write')
  @TakesIfMatch()
  @ApiOperation({
    summary: 'Remove a resource that you own, or any with `resources:manage`, with its grants',
  })
  @ApiNoContentResponse()
  @Throws(AccessDenied, ResourceNotFound)
  async delete(
    @CurrentActor() actor: SignedIn,
    @Param() params: ResourceParams,
    @SeenVersion() seen: number | undefined,
  ): Promise<void> {
    await this.resources.delete(actor, params.id, seen);
  }
}
