import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { ETAG_HEADER } from '../../platform/http/etag.js';
import { publicAnswer } from '../../platform/http/public-answer.js';
import { METADATA_PATH } from '../addresses.js';
import { metadataOf } from './metadata.js';
import { MetadataView } from './metadata.dto.js';

/** For how long others may keep it, in ms. */
const MAX_AGE = 300_000;

/** The same from start to end of the process: made once, and nobody is asked for it. */
@ApiTags('standards')
@Controller(METADATA_PATH)
export class MetadataController {
  private readonly metadata: string;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.metadata = JSON.stringify(metadataOf(settings));
  }

  @Get()
  @Public()
  @ApiOperation({ summary: 'Read what is offered to OAuth clients, and where (RFC 8414)' })
  @ApiOkResponse({ type: MetadataView, headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'It is still the one of `If-None-Match`.' })
  read(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { status, headers, body } = publicAnswer(
      this.metadata,
      'application/json',
      MAX_AGE,
      known,
    );
    void reply.status(status).headers(headers).send(body);
  }
}
