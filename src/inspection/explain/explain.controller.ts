import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.js';
import { CurrentActor } from '../../access/current.js';
import type { SignedIn } from '../../access/principal.js';
import { ExplainRequest, Explanation } from './explain.dto.js';
import { ExplainService } from './explain.service.js';

@ApiTags('tokens')
@Controller('v1/tokens/explain')
export class ExplainController {
  constructor(private readonly service: ExplainService) {}

  @Post()
  @HttpCode(200)
  @RequirePermissions('tokens:explain')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Explain, step by step, why a token is refused, and what its holder may do now',
  })
  @ApiOkResponse({ type: Explanation })
  explain(@CurrentActor() actor: SignedIn, @Body() body: ExplainRequest): Promise<Explanation> {
    return this.service.explain(actor, body);
  }
}
