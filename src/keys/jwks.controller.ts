import { createHash } from 'node:crypto';
import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access.js';
import { ETAG_HEADER } from '../platform/http/etag.js';
import { JwksView } from './jwks.dto.js';
import { KeyRing } from './key-ring.js';

/** How long consumers may keep the set; a new key must be published at least this long before it signs. */
export const JWKS_MAX_AGE_SECONDS = 300;

@ApiTags('standards')
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(private readonly keyRing: KeyRing) {}

  @Get()
  @Public()
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
  @Header('Access-Control-Allow-Origin', '*')
  @ApiOperation({ summary: 'Read the public keys that verify access tokens (RFC 7517)' })
  @ApiProduces('application/jwk-set+json')
  @ApiOkResponse({ type: JwksView, headers: ETAG_HEADER })
  @ApiResponse({ status: 304, description: 'The set is still the one of `If-None-Match`.' })
  read(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { jwks } = this.keyRing;
    const etag = `"${createHash('sha256').update(jwks).digest('base64url').slice(0, 22)}"`;
    void reply.header('ETag', etag);
    if (known === etag) void reply.status(304).send();
    else void reply.type('application/jwk-set+json').send(jwks);
  }
}
