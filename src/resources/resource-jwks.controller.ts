import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { jwksAnswer } from '../keys/jwks-answer.js';
import { ETAG_HEADER } from '../platform/http/etag.js';
import { Throws } from '../platform/http/throws.js';
import { EncryptionKeysView } from './encryption-key.dto.js';
import { ResourceParams } from './resource.dto.js';
import { ResourceNotFound } from './resources.errors.js';
import { ResourcesService } from './resources.service.js';

/**
 * The encryption keys of resources. At addresses of their own: one key in the set of signing keys that
 * a consumer's library cannot use for verifying makes some of them refuse the whole set.
 */
@ApiTags('resources')
@Controller('v1/resources/:id/jwks.json')
export class ResourceJwksController {
  constructor(
    private readonly resources: ResourcesService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Read the public key that tokens for a resource are encrypted with' })
  @ApiProduces('application/jwk-set+json')
  @ApiOkResponse({ type: EncryptionKeysView, headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'The set is still the one of `If-None-Match`.' })
  @Throws(ResourceNotFound)
  async read(
    @Param() params: ResourceParams,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { encryptionKey } = await this.resources.find(params.id);
    const jwks = JSON.stringify({ keys: encryptionKey === null ? [] : [encryptionKey] });
    const { status, headers, body } = jwksAnswer(jwks, this.settings.jwksMaxAge, known);
    void reply.status(status).headers(headers).send(body);
  }
}
