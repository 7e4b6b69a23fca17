import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequirePermissions } from '../../access/access.js';
import { AuthenticationRequired } from '../../access/access.errors.js';
import { ValidationFailed, wrongField } from '../../platform/http/problems.js';
import { Throws } from '../../platform/http/throws.js';
import { AccessTokens } from '../strategies/access-token.js';
import { RevocationStreams, TooManyStreams } from './revocation-streams.js';

const EVENT_STREAM = 'text/event-stream';

@ApiTags('revocations')
@Controller('v1/revocations/stream')
export class RevocationStreamController {
  constructor(
    private readonly streams: RevocationStreams,
    private readonly tokens: AccessTokens,
  ) {}

  @Get()
  @RequirePermissions('revocations:read')
  @ApiOperation({
    summary: 'Follow revocations as they happen (server-sent events)',
    description:
      'Each event has the revision as its `id`, the type `revocation`, and as data JSON with `revision`, `kind`, `subject`, `minVersion` and `expiresAt`. The stream ends when the token does; whoever comes back with `Last-Event-ID` misses nothing that is still in force, and may be told something twice.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last revision that you know; without it the stream begins now.',
    schema: { type: 'string', example: '17' },
  })
  @ApiOkResponse({
    description: 'The stream.',
    content: { [EVENT_STREAM]: { schema: { type: 'string' } } },
  })
  @Throws(ValidationFailed, TooManyStreams)
  async follow(
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = last === undefined ? undefined : readRevision(last);
    const presented = this.tokens.of(request, false);
    if (presented === undefined) throw new AuthenticationRequired(); // never: the guard has found it
    this.streams.expectRoom();
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, {
      'content-type': EVENT_STREAM,
      connection: 'close', // or the end of the stream would leave one for the shutdown to wait for
      'x-accel-buffering': 'no', // nginx would keep events until it has a page of them
    });
    if (request.method === 'HEAD') reply.raw.end();
    else await this.streams.serve(reply.raw, presented.token, after);
  }
}

/** @throws ValidationFailed */
function readRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw wrongField('/last-event-id', 'number', 'must be a revision');
  return Number(text);
}
