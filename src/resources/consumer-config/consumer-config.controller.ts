import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.js';
import { Throws } from '../../platform/http/throws.js';
import { ResourceParams } from '../resource.dto.js';
import { NothingToVerifyWith, ResourceNotFound } from '../resources.errors.js';
import { ConsumerConfigQuery, ConsumerConfigView } from './consumer-config.dto.js';
import { ConsumerConfigService } from './consumer-config.service.js';

@ApiTags('resources')
@Controller('v1/resources/:id/consumer-config')
export class ConsumerConfigController {
  constructor(private readonly configs: ConsumerConfigService) {}

  @Get()
  @RequirePermissions('resources:read')
  @ApiOperation({
    summary: 'Print the code that makes a library verify the tokens of a resource',
  })
  @ApiOkResponse({ type: ConsumerConfigView })
  @Throws(ResourceNotFound, NothingToVerifyWith)
  read(
    @Param() params: ResourceParams,
    @Query() query: ConsumerConfigQuery,
  ): Promise<ConsumerConfigView> {
    return this.configs.configFor(params.id, query.for);
  }
}
