import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { Rehearsable } from '../../access/rehearsable.js';
import { QueryBooleanField } from '../../platform/http/fields.js';
import { Impact } from './impact.dto.js';

/** The query of an act that can be rehearsed. */
export class DryRun {
  @QueryBooleanField({
    description:
      'With `true` nothing is done: the answer is 200 with what the act would touch, or the error that the act would give.',
  })
  readonly dryRun?: boolean;
}

/** Says that an act can be rehearsed, and documents its answer 200 where it answers 200 itself. */
export const ApiOkOrImpact = (
  type: Type,
  more: Pick<NonNullable<Parameters<typeof ApiOkResponse>[0]>, 'headers'> = {},
) =>
  applyDecorators(
    Rehearsable(),
    ApiExtraModels(type, Impact),
    ApiOkResponse({
      description: 'What was asked for; with `dryRun=true` what it would touch.',
      schema: { oneOf: [{ $ref: getSchemaPath(type) }, { $ref: getSchemaPath(Impact) }] },
      ...more,
    }),
  );

/** The same where it answers otherwise itself. */
export const ApiImpact = () =>
  applyDecorators(
    Rehearsable(),
    ApiOkResponse({ type: Impact, description: 'With `dryRun=true`: what it would touch.' }),
  );
