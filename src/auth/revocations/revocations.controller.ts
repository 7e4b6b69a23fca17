import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.js';
import { CurrentActor } from '../../access/current.js';
import type { SignedIn } from '../../access/principal.js';
import { InvalidCursor } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import {
  CreateRevocation,
  RevocationPage,
  RevocationQuery,
  RevocationReceipt,
} from './revocation.dto.js';
import { NothingToRevoke, RevocationsService } from './revocations.service.js';

@ApiTags('revocations')
@Controller('v1/revocations')
export class RevocationsController {
  constructor(private readonly revocations: RevocationsService) {}

  @Get()
  @RequirePermissions('revocations:read')
  @ApiOperation({ summary: 'List the revocations in force, newest first' })
  @ApiOkResponse({ type: RevocationPage })
  @Throws(InvalidCursor)
  list(@Query() query: RevocationQuery): Promise<RevocationPage> {
    return this.revocations.list(query);
  }

  @Post()
  @RequirePermissions('revocations:write')
  @ApiOperation({ summary: 'Revoke a token, a session, or everything of a principal' })
  @ApiCreatedResponse({ type: RevocationReceipt })
  @Throws(NothingToRevoke)
  create(@Body() body: CreateRevocation, @CurrentActor() by: SignedIn): Promise<RevocationReceipt> {
    return this.revocations.create(by, body);
  }
}
