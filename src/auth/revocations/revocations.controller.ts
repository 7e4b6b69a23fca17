import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccessDenied } from '../../access/access.errors.js';
import { RequirePermissions } from '../../access/access.js';
import { CurrentActor } from '../../access/current.js';
import type { SignedIn } from '../../access/principal.js';
import { InvalidCursor } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { ApiImpact, DryRun } from '../../revocation/rehearsal/dry-run.js';
import type { Impact } from '../../revocation/rehearsal/impact.dto.js';
import { Rehearsals } from '../../revocation/rehearsal/rehearsals.js';
import {
  CreateRevocation,
  RevocationDetail,
  RevocationPage,
  RevocationParams,
  RevocationQuery,
} from './revocation.dto.js';
import { RevocationReceipt } from '../../revocation/revocation-receipt.dto.js';
import { RevocationNotFound, RevocationProgressService } from './revocation-progress.service.js';
import { NothingToRevoke, RevocationsService } from './revocations.service.js';

@ApiTags('revocations')
@Controller('v1/revocations')
export class RevocationsController {
  constructor(
    private readonly revocations: RevocationsService,
    private readonly progress: RevocationProgressService,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @RequirePermissions('revocations:read')
  @ApiOperation({ summary: 'List the revocations in force, newest first' })
  @ApiOkResponse({ type: RevocationPage })
  @Throws(InvalidCursor)
  list(@Query() query: RevocationQuery): Promise<RevocationPage> {
    return this.revocations.list(query);
  }

  @Get(':revision')
  @RequirePermissions('revocations:read')
  @ApiOperation({
    summary: 'Read a revocation, which replicas refuse by it, and which consumers can',
    description:
      'A consumer is shown when it fetches the status lists with an access token of its service account, as `@signet/verifier` does when it is given a `token`. What is shown is up to a second old.',
  })
  @ApiOkResponse({ type: RevocationDetail })
  @Throws(RevocationNotFound)
  read(@Param() { revision }: RevocationParams): Promise<RevocationDetail> {
    return this.progress.of(revision);
  }

  @Post()
  @RequirePermissions('revocations:write')
  @ApiOperation({ summary: 'Revoke a token, a session, or everything of a principal' })
  @ApiCreatedResponse({ type: RevocationReceipt })
  @ApiImpact()
  @Throws(AccessDenied, NothingToRevoke)
  create(
    @Query() { dryRun }: DryRun,
    @Body() body: CreateRevocation,
    @CurrentActor() by: SignedIn,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevocationReceipt | Impact> {
    const act = () => this.revocations.create(by, body);
    return dryRun === true ? this.rehearsals.answer(reply, act) : act();
  }
}
