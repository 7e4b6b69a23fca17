import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ETAG_HEADER } from '../platform/http/etag.js';
import { jwksAnswer } from './jwks-answer.js';
import { JwksView } from './jwks.dto.js';
import { KeyRing } from './key-ring.js';

@ApiTags('standards')
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(
    private readonly keyRing: KeyRing,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Read the public keys that verify access tokens (RFC 7517)' })
  @ApiProduces('application/jwk-set+json')
  @ApiOkResponse({ type: JwksView, headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'The set is still the one of `If-None-Match`.' })
  read(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { status, headers, body } = jwksAnswer(
      this.keyRing.jwks,
      this.settings.jwksMaxAge,
      known,
    );
    void reply.status(status).headers(headers).send(body);
  }
}
