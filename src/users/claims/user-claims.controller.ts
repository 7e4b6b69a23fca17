import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccessDenied } from '../../access/access.errors.js';
import { RequirePermissions } from '../../access/access.js';
import { Fresh } from '../../access/fresh.js';
import { CurrentActor } from '../../access/current.js';
import type { SignedIn } from '../../access/principal.js';
import { SeenVersion, TakesIfMatch, etagOf } from '../../platform/http/etag.js';
import { Throws } from '../../platform/http/throws.js';
import type { VersionedClaims } from '../../principals/claims-store.js';
import type { UserClaims } from '../../principals/user-claims.js';
import { TokenTooLarge } from '../../tokens/token-issuer.js';
import { UserParams } from '../user.dto.js';
import { UserNotFound } from '../users.errors.js';
import { AnswersClaims, TakesClaims } from './claims.dto.js';
import { ClaimsService } from './claims.service.js';

@ApiTags('users')
@Controller('v1/users/:id/claims')
export class UserClaimsController {
  constructor(private readonly claims: ClaimsService) {}

  @Get()
  @RequirePermissions('users:read')
  @ApiOperation({ summary: 'Read the custom claims of a user' })
  @AnswersClaims()
  @Throws(UserNotFound)
  async read(
    @Param() { id }: UserParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserClaims> {
    return tagged(reply, await this.claims.get('user', id));
  }

  @Put()
  @RequirePermissions('users:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({
    summary:
      'Set the custom claims of a user; tokens that say what is changed or removed are refused',
  })
  @TakesClaims()
  @AnswersClaims()
  @Throws(AccessDenied, UserNotFound, TokenTooLarge)
  async set(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: UserParams,
    @SeenVersion() seen: number | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserClaims> {
    return tagged(reply, await this.claims.set(actor, 'user', id, seen, body));
  }
}

/** @throws UserNotFound */
function tagged(reply: FastifyReply, found: VersionedClaims | undefined): UserClaims {
  if (found === undefined) throw new UserNotFound();
  void reply.header('ETag', etagOf(found.version));
  return found.claims;
}
