import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.js';
import { LivenessView, ReadinessView } from './health.dto.js';
import { Readiness } from './readiness.js';
import { AnswersAlways } from '../startup.guard.js';

@ApiTags('operations')
@Controller('health')
@Public()
@AnswersAlways()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({
    summary: 'Whether the process runs; when not, restart it',
    description:
      'Asks nothing else, so that a database that is down does not restart every replica.',
  })
  @ApiOkResponse({ type: LivenessView })
  live(): LivenessView {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether this replica should get requests' })
  @ApiOkResponse({ type: ReadinessView, description: 'It should.' })
  @ApiServiceUnavailableResponse({ type: ReadinessView, description: 'It should not, for now.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    const answer = await this.readiness.check();
    if (answer.status !== 'ok') void reply.status(503);
    return answer;
  }
}
