import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessDenied } from '../access/access.errors.js';
import { Authenticated } from '../access/access.js';
import { CurrentPrincipal } from '../access/current.js';
import type { Principal } from '../access/principal.js';
import { Throws } from '../platform/http/throws.js';
import { MinRevision } from '../revocation/min-revision.js';
import { RevisionNotReached } from '../revocation/revocation.errors.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { CheckAnswer, CheckRequest } from './check.dto.js';
import { CheckService } from './check.service.js';
import { ResourceParams } from './resource.dto.js';
import { ResourceNotFound } from './resources.errors.js';

@ApiTags('resources')
@Controller('v1/resources/:id/check')
export class CheckController {
  constructor(
    private readonly checks: CheckService,
    private readonly feed: RevocationFeed,
  ) {}

  @Post()
  @HttpCode(200)
  @Authenticated()
  @ApiOperation({
    summary:
      'Ask whether you may do something with a resource, and why; about others, its owner or `resources:check`',
  })
  @ApiOkResponse({ type: CheckAnswer })
  @Throws(AccessDenied, ResourceNotFound, RevisionNotReached)
  async check(
    @CurrentPrincipal() caller: Principal,
    @Param() params: ResourceParams,
    @Query() { 'min-revision': minRevision }: MinRevision,
    @Body() body: CheckRequest,
  ): Promise<CheckAnswer> {
    if (minRevision !== undefined) await this.feed.reach(minRevision);
    return CheckAnswer.of(await this.checks.check(caller, params.id, body));
  }
}
