import { createHash } from 'node:crypto';
import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ETAG_HEADER } from '../platform/http/etag.js';
import { JwksView } from './jwks.dto.js';
import { KeyRing } from './key-ring.js';

@ApiTags('standards')
@Controller('.well-known/jwks.json')
export class JwksController {
  private readonly cacheControl;

  constructor(
    private readonly keyRing: KeyRing,
    @Inject(SETTINGS) { jwksMaxAge }: Settings,
  ) {
    this.cacheControl = `public, max-age=${Math.floor(jwksMaxAge / 1000)}`;
  }

  @Get()
  @Public()
  @Header('Access-Control-Allow-Origin', '*')
  @ApiOperation({ summary: 'Read the public keys that verify access tokens (RFC 7517)' })
  @ApiProduces('application/jwk-set+json')
  @ApiOkResponse({ type: JwksView, headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'The set is still the one of `If-None-Match`.' })
  read(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { jwks } = this.keyRing;
    const etag = `"${createHash('sha256').update(jwks).digest('base64url').slice(0, 22)}"`;
    void reply.header('ETag', etag).header('Cache-Control', this.cacheControl);
    if (known === etag) void reply.status(304).send();
    else void reply.type('application/jwk-set+json').send(jwks);
  }
}
