import { ChoiceField, ObjectField } from '../../platform/http/fields.js';

/** The process runs. */
export class LivenessView {
  @ChoiceField({ description: 'Always `ok`.', choices: ['ok'], example: 'ok' })
  readonly status!: 'ok';
}

export type CheckResult = 'ok' | 'failing';

const RESULTS: readonly CheckResult[] = ['ok', 'failing'];

/** What readiness consists of. */
export class ChecksView {
  @ChoiceField({
    description: 'Start-up is over and shutdown has not begun.',
    choices: RESULTS,
    example: 'ok',
  })
  readonly startup!: CheckResult;

  @ChoiceField({ description: 'The database answered in time.', choices: RESULTS, example: 'ok' })
  readonly database!: CheckResult;

  @ChoiceField({ description: 'There is a key that signs.', choices: RESULTS, example: 'ok' })
  readonly keys!: CheckResult;

  @ChoiceField({
    description: 'The knowledge of revocations is within its bound.',
    choices: RESULTS,
    example: 'ok',
  })
  readonly revocations!: CheckResult;
}

/** Whether this replica should get requests. */
export class ReadinessView {
  @ChoiceField({ description: '`ok` when every check is.', choices: RESULTS, example: 'ok' })
  readonly status!: CheckResult;

  @ObjectField(() => ChecksView, { description: 'The single checks.' })
  readonly checks!: ChecksView;
}
