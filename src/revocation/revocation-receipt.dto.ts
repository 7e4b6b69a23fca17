import { IntegerField } from '../platform/http/fields.js';

/** The answer to a revocation: it holds here from now on, and everywhere within the stated bound. */
export class RevocationReceipt {
  @IntegerField({
    description: 'Its place in the history of revocations.',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    example: 17,
  })
  readonly revision!: number;

  @IntegerField({
    description: 'Milliseconds within which every replica refuses.',
    min: 1,
    max: 60_000,
    example: 2000,
  })
  readonly boundMs!: number;
}
