import { QueryIntegerField } from '../platform/http/fields.js';

/** What an answer must know of. */
export class MinRevision {
  @QueryIntegerField({
    description:
      'The `revision` of a revocation: the answer knows of everything up to it, or is a 503.',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    example: 17,
  })
  readonly 'min-revision'?: number;
}
