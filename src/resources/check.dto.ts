import { ROLE_NAME_MAX } from '../access/permissions.js';
import { PRINCIPAL_TYPES } from '../access/principal.js';
import type { PrincipalType } from '../access/principal.js';
import {
  BooleanField,
  ChoiceField,
  InstantField,
  ObjectField,
  TextField,
  UuidField,
} from '../platform/http/fields.js';
import { ACTION_MAX } from './action.js';
import { REASON_CODES } from './decision.js';
import type { Decision, ReasonCode } from './decision.js';

/** Whom a question is about. */
export class CheckedPrincipal {
  @ChoiceField({ description: 'Kind of principal.', choices: PRINCIPAL_TYPES, example: 'user' })
  readonly type!: PrincipalType;

  @UuidField({
    description: 'Id of the user or service account.',
    example: '2b0c1f4e-52f7-4a39-8a1d-6f3f4a1f7c90',
  })
  readonly id!: string;
}

/** May they do this? */
export class CheckRequest {
  @ObjectField(() => CheckedPrincipal, {
    description: 'Who wants to; you, when absent.',
    optional: true,
  })
  readonly principal?: CheckedPrincipal;

  @TextField({ description: 'What they want to do.', max: ACTION_MAX, example: 'read' })
  readonly action!: string;
}

/** Why. */
export class ReasonView {
  @ChoiceField({ description: 'The reason, for programs.', choices: REASON_CODES, example: 'role' })
  readonly code!: ReasonCode;

  @TextField({
    description: 'The reason, for people.',
    max: 512,
    example: 'A grant gives "read" to the role "editor", which the principal has.',
  })
  readonly text!: string;

  @UuidField({
    description: 'The grant that decided.',
    optional: true,
    example: 'e3f3c1a7-7f0f-4f5b-8a75-0f1f3b6d9a20',
  })
  readonly grantId?: string;

  @TextField({
    description: 'The role through which that grant applies.',
    max: ROLE_NAME_MAX,
    optional: true,
    example: 'editor',
  })
  readonly role?: string;

  @InstantField({ description: 'When that grant ended.', optional: true })
  readonly endedAt?: string;
}

/** The answer to a question. */
export class CheckAnswer {
  @BooleanField({ description: 'Whether they may.', example: true })
  readonly allowed!: boolean;

  @ObjectField(() => ReasonView, { description: 'Why, or why not.' })
  readonly reason!: ReasonView;

  static of({ allowed, reason: { endedAt, ...reason } }: Decision): CheckAnswer {
    return {
      allowed,
      reason: {
        ...reason,
        ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }),
      },
    };
  }
}
