import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOkResponse } from '@nestjs/swagger';
import { ETAG_HEADER } from '../../platform/http/etag.js';
import { CLAIMS_MEMBERS_MAX } from './claims-policy.js';

const SCHEMA = {
  type: 'object',
  additionalProperties: true,
  maxProperties: CLAIMS_MEMBERS_MAX,
  example: { team: 'payments', cost_center: 4711, regions: ['eu', 'us'] },
} as const;

/** Documents a body that is the claims themselves: an object of any members. */
export const TakesClaims = () =>
  ApiBody({
    description: 'All the claims from now on; an empty object removes them. Never secrets.',
    required: true,
    schema: SCHEMA,
  });

/** Documents an answer that is the claims themselves. */
export const AnswersClaims = () =>
  applyDecorators(
    ApiOkResponse({
      description: 'The claims, as tokens carry them in `user_claims`.',
      schema: SCHEMA,
      headers: ETAG_HEADER,
    }),
  );
