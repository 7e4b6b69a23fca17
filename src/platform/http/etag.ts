import { applyDecorators, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PreconditionFailed } from './problems.js';

/** The entity tag of a version (RFC 9110 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Documents the `ETag` of an answer. */
export const ETAG_HEADER = {
  ETag: { description: 'The version of this representation.', schema: { type: 'string' } },
} as const;

/** Documents the headers of an answer to a creation. */
export const CREATED_HEADERS = {
  ...ETAG_HEADER,
  Location: { description: 'Address of what was created.', schema: { type: 'string' } },
} as const;

/** Documents the `If-Match` header of a write. */
export const TakesIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The `ETag` that you read; the write is refused with 412 when it was changed since.',
      schema: { type: 'string', example: '"1"' },
    }),
  );

/** No version of ours: what another server made, a weak tag, a list. Nothing matches it (RFC 9110 13.1.1). */
const NO_VERSION = -1;

/** The version that the caller saw, from `If-Match`; undefined when absent or `*`. */
export const SeenVersion = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const [, version] = /^"(\d{1,9})"$/.exec(header) ?? [];
  return version === undefined ? NO_VERSION : Number(version);
});

/** @throws PreconditionFailed when the caller saw another version than the current one. */
export function expectVersion(current: number, seen: number | undefined): void {
  if (seen !== undefined && seen !== current) throw new PreconditionFailed();
}
