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
import { AccessDenied, StaleAuthentication } from '../access/access.errors.js';
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
import { InvalidCursor, PreconditionFailed } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { LastAdministrator, UnknownRole } from '../principals/principals.errors.js';
import { ApiImpact, ApiOkOrImpact, DryRun } from '../revocation/rehearsal/dry-run.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../revocation/rehearsal/rehearsals.js';
import { HashQueueFull } from './passwords/hash-queue.js';
import { UserAccessService } from './user-access.service.js';
import { TokenTooLarge } from '../tokens/token-issuer.js';
import {
  ChangeUser,
  CreateUser,
  SetRoles,
  TokensRevoked,
  UserPage,
  UserParams,
  UserQuery,
  UserView,
} from './user.dto.js';
import { EmailTaken, UserNotFound, UsernameTaken } from './users.errors.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly access: UserAccessService,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @RequirePermissions('users:read')
  @ApiOperation({ summary: 'List users, newest first' })
  @ApiOkResponse({ type: UserPage })
  @Throws(InvalidCursor)
  list(@Query() query: UserQuery): Promise<UserPage> {
    return this.users.list(query);
  }

  @Post()
  @RequirePermissions('users:write')
  @Fresh()
  @ApiOperation({ summary: 'Make a user, with roles that give no more than you may do yourself' })
  @ApiCreatedResponse({
    type: UserView,
    headers: CREATED_HEADERS,
  })
  @Throws(UnknownRole, AccessDenied, EmailTaken, UsernameTaken, HashQueueFull, TokenTooLarge)
  async create(
    @CurrentActor() actor: SignedIn,
    @Body() { roles = [], ...body }: CreateUser,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView> {
    const user = await this.users.create(actor, { ...body, roles });
    void reply.header('Location', `/v1/users/${user.id}`);
    return tagged(reply, user);
  }

  @Get(':id')
  @RequirePermissions('users:read')
  @ApiOperation({ summary: 'Read a user' })
  @ApiOkResponse({ type: UserView, headers: ETAG_HEADER })
  @Throws(UserNotFound)
  async read(
    @Param() { id }: UserParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView> {
    return tagged(reply, await this.users.get(id));
  }

  @Patch(':id')
  @RequirePermissions('users:write')
  @TakesIfMatch()
  @ApiOperation({
    summary: 'Change a user; another e-mail address ends their sessions',
    description: 'Another e-mail address wants a fresh token; everything else does not.',
  })
  @ApiOkResponse({ type: UserView, headers: ETAG_HEADER })
  @Throws(
    AccessDenied,
    StaleAuthentication,
    UserNotFound,
    EmailTaken,
    UsernameTaken,
    PreconditionFailed,
  )
  async change(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @SeenVersion() seen: number | undefined,
    @Body() body: ChangeUser,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView> {
    return tagged(reply, await this.users.change(actor, id, seen, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermissions('users:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Remove a user; their tokens are refused at once' })
  @ApiNoContentResponse()
  @ApiImpact()
  @Throws(AccessDenied, UserNotFound, LastAdministrator)
  async delete(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
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
  @RequirePermissions('users:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Set the roles of a user; what is taken away, they lose at once' })
  @ApiOkOrImpact(UserView, { headers: ETAG_HEADER })
  @Throws(UnknownRole, AccessDenied, UserNotFound, LastAdministrator, TokenTooLarge)
  async setRoles(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @SeenVersion() seen: number | undefined,
    @Query() { dryRun }: DryRun,
    @Body() { roles }: SetRoles,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView | Impact> {
    const act = () => this.access.setRoles(actor, id, seen, roles);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return tagged(reply, await this.users.get(id));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @RequirePermissions('users:write')
  @ApiOperation({ summary: 'Disable a user: their sessions end, and they cannot sign in' })
  @ApiOkOrImpact(UserView, { headers: ETAG_HEADER })
  @Throws(AccessDenied, UserNotFound, LastAdministrator)
  async disable(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView | Impact> {
    const act = () => this.access.disable(actor, id);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    await act();
    return tagged(reply, await this.users.get(id));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @RequirePermissions('users:write')
  @Fresh()
  @ApiOperation({ summary: 'Let a disabled user sign in again' })
  @ApiOkResponse({ type: UserView, headers: ETAG_HEADER })
  @Throws(AccessDenied, UserNotFound)
  async enable(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserView> {
    await this.access.enable(actor, id);
    return tagged(reply, await this.users.get(id));
  }

  @Post(':id/revoke-tokens')
  @HttpCode(200)
  @RequirePermissions('users:write')
  @ApiOperation({ summary: 'End every session of a user; they may sign in again' })
  @ApiOkOrImpact(TokensRevoked)
  @Throws(AccessDenied, UserNotFound)
  async revokeTokens(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @Query() { dryRun }: DryRun,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensRevoked | Impact> {
    const act = () => this.access.revokeTokens(actor, id);
    if (dryRun === true) return this.rehearsals.answer(reply, act);
    return { revision: await act() };
  }
}

function tagged(reply: FastifyReply, user: UserView): UserView {
  void reply.header('ETag', etagOf(user.version));
  return user;
}
