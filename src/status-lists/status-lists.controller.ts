import { Controller, Get, Header, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OptionalAuth, Public } from '../access/access.js';
import { OptionalPrincipal } from '../access/current.js';
import { InvalidToken } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ETAG_HEADER } from '../platform/http/etag.js';
import { NotFound } from '../platform/http/problems.js';
import { taggedAnswer } from '../platform/http/public-answer.js';
import { Throws } from '../platform/http/throws.js';
import { ProgressRecorder } from '../revocation/progress/progress-recorder.js';
import { RevocationStateStale } from '../revocation/revocation.errors.js';
import { DIGEST, NAMED } from './documents-with.js';
import { DIGEST_TYPE, LIST_TYPE, NAMED_TYPE } from './documents.js';
import type { SignedDocument } from './signed-documents.js';
import { StatusListsView } from './status-lists.dto.js';
import { TooManyNamed } from './status-lists.errors.js';
import { StatusLists } from './status-lists.service.js';
import { STATUS_LISTS_PATH } from './status-reference.js';

const COMPACT = { schema: { type: 'string', description: 'A compact JWS.' } };
const Jws = (type: string) =>
  ApiOkResponse({
    description: 'The document, signed with the key that signs tokens.',
    content: { [`application/${type}`]: COMPACT },
    headers: ETAG_HEADER,
  });
const Unchanged = () =>
  ApiResponse({ status: 304, description: 'It still says what the one of `If-None-Match` says.' });

/** Who reads what, and what they have of it. */
interface Reading {
  readonly name: string;
  readonly reader: Principal | undefined;
  readonly known: string | undefined;
}

/** Public as the keys are: who reads them learns how much is revoked, and of whom by opaque ids only. */
@ApiTags('standards')
@Controller(STATUS_LISTS_PATH)
export class StatusListsController {
  constructor(
    private readonly lists: StatusLists,
    private readonly progress: ProgressRecorder,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @Header('access-control-allow-origin', '*')
  @ApiOperation({ summary: 'List the addresses of the status lists (Status List Aggregation)' })
  @ApiOkResponse({ type: StatusListsView })
  @Throws(NotFound)
  addresses(): StatusListsView {
    if (!this.settings.statusLists) throw new NotFound();
    return { status_lists: this.lists.addresses() };
  }

  @Get('digest')
  @OptionalAuth()
  @ApiOperation({
    summary: 'Read, signed, the revision of each status list and of what is revoked by name',
  })
  @Jws(DIGEST_TYPE)
  @Unchanged()
  @Throws(NotFound, RevocationStateStale, InvalidToken)
  digest(
    @OptionalPrincipal() reader: Principal | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    this.send(reply, DIGEST_TYPE, this.lists.digest(), { known, reader, name: DIGEST });
  }

  @Get('named')
  @OptionalAuth()
  @ApiOperation({
    summary: 'Read, signed, what bits cannot say: keys, principals, tokens and credentials',
  })
  @Jws(NAMED_TYPE)
  @Unchanged()
  @Throws(NotFound, RevocationStateStale, InvalidToken, TooManyNamed)
  named(
    @OptionalPrincipal() reader: Principal | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    this.send(reply, NAMED_TYPE, this.lists.named(), { known, reader, name: NAMED });
  }

  @Get(':list')
  @OptionalAuth()
  @ApiOperation({ summary: 'Read a status list (draft-ietf-oauth-status-list)' })
  @ApiParam({ name: 'list', schema: { type: 'string' }, description: 'Its number.', example: '0' })
  @Jws(LIST_TYPE)
  @Unchanged()
  @Throws(NotFound, RevocationStateStale, InvalidToken)
  list(
    @Param('list') list: string,
    @OptionalPrincipal() reader: Principal | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    if (!/^(?:0|[1-9]\d{0,9})$/.test(list)) throw new NotFound();
    this.send(reply, LIST_TYPE, this.lists.list(Number(list)), { known, reader, name: list });
  }

  /** A service that says who it is, is noted as knowing what it was given: see `RevocationProgress`. */
  private send(
    reply: FastifyReply,
    type: string,
    { jws, tag, revision }: SignedDocument,
    { known, reader, name }: Reading,
  ): void {
    const { statusListTtl } = this.settings;
    const answer = taggedAnswer(jws, `W/"${tag}"`, `application/${type}`, statusListTtl, known);
    if (reader?.type === 'service') this.progress.consumed(reader.id, name, revision);
    void reply.status(answer.status).headers(answer.headers);
    // What a cache between us answers, nobody could note.
    if (reader !== undefined) void reply.header('cache-control', 'private, no-cache');
    void reply.send(answer.body);
  }
}
