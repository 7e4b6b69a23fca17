import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.js';
import { NotFound } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { MetricsAccess } from './metrics-access.js';
import { MetricsPage } from './metrics-page.js';
import { AnswersAlways } from '../startup.guard.js';

@ApiTags('operations')
@Controller('metrics')
@AnswersAlways()
export class MetricsController {
  constructor(private readonly page: MetricsPage) {}

  @Get()
  @Public() // not for people and their roles; `MetricsAccess` decides
  @UseGuards(MetricsAccess)
  @ApiOperation({
    summary: 'Read the metrics, in the text format of Prometheus',
    description:
      'With `METRICS_TOKEN` set, send it as `Authorization: Bearer ...`. Without it only direct connections from the same machine are answered.',
  })
  @ApiOkResponse({
    description: 'The metrics.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @Throws(NotFound)
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.page.contentType);
    return this.page.render();
  }
}
