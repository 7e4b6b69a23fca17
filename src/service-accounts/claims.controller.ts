import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccessDenied } from '../access/access.errors.js';
import { RequirePermissions } from '../access/access.js';
import { Fresh } from '../access/fresh.js';
import { CurrentActor } from '../access/current.js';
import type { SignedIn } from '../access/principal.js';
import { SeenVersion, TakesIfMatch, etagOf } from '../platform/http/etag.js';
import { Throws } from '../platform/http/throws.js';
import type { VersionedClaims } from '../principals/claims-store.js';
import type { UserClaims } from '../principals/user-claims.js';
import { TokenTooLarge } from '../tokens/token-issuer.js';
import { AnswersClaims, TakesClaims } from '../users/claims/claims.dto.js';
import { ClaimsService } from '../users/claims/claims.service.js';
import { ServiceAccountParams } from './service-account.dto.js';
import { ServiceAccountNotFound } from './service-accounts.errors.js';

@ApiTags('service accounts')
@Controller('v1/service-accounts/:id/claims')
export class ServiceAccountClaimsController {
  constructor(private readonly claims: ClaimsService) {}

  @Get()
  @RequirePermissions('service-accounts:read')
  @ApiOperation({ summary: 'Read the custom claims of a service account' })
  @AnswersClaims()
  @Throws(ServiceAccountNotFound)
  async read(
    @Param() { id }: ServiceAccountParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserClaims> {
    return tagged(reply, await this.claims.get('service', id));
  }

  @Put()
  @RequirePermissions('service-accounts:write')
  @Fresh()
  @TakesIfMatch()
  @ApiOperation({
    summary:
      'Set the custom claims of a service account; tokens that say what is changed or removed are refused',
  })
  @TakesClaims()
  @AnswersClaims()
  @Throws(AccessDenied, ServiceAccountNotFound, TokenTooLarge)
  async set(
    @CurrentActor() actor: SignedIn,
    @Param() { id }: ServiceAccountParams,
    @SeenVersion() seen: number | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserClaims> {
    return tagged(reply, await this.claims.set(actor, 'service', id, seen, body));
  }
}

/** @throws ServiceAccountNotFound */
function tagged(reply: FastifyReply, found: VersionedClaims | undefined): UserClaims {
  if (found === undefined) throw new ServiceAccountNotFound();
  void reply.header('ETag', etagOf(found.version));
  return found.claims;
}
