import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessDenied } from '../access/access.errors.js';
import { Authenticated } from '../access/access.js';
import { CurrentPrincipal } from '../access/current.js';
import type { Principal } from '../access/principal.js';
import { Throws } from '../platform/http/throws.js';
import { CheckAnswer, CheckRequest } from './check.dto.js';
import { CheckService } from './check.service.js';
import { ResourceParams } from './resource.dto.js';
import { ResourceNotFound } from './resources.errors.js';

@ApiTags('resources')
@Controller('v1/resources/:id/check')
export class CheckController {
  constructor(private readonly checks: CheckService) {}

  @Post()
  @HttpCode(200)
  @Authenticated()
  @ApiOperation({
    summary:
      'Ask whether you may do something with a resource, and why; about others, its owner or `resources:check`',
  })
  @ApiOkResponse({ type: CheckAnswer })
  @Throws(AccessDenied, ResourceNotFound)
  async check(
    @CurrentPrincipal() caller: Principal,
    @Param() params: ResourceParams,
    @Body() body: CheckRequest,
  ): Promise<CheckAnswer> {
    return CheckAnswer.of(await this.checks.check(caller, params.id, body));
  }
}
