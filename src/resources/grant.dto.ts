import { PickType } from '@nestjs/swagger';
import { ROLE_NAME_MAX } from '../access/permissions.js';
import {
  ChoiceField,
  InstantField,
  ObjectField,
  TextField,
  TextListField,
  UuidField,
} from '../platform/http/fields.js';
import { pageOf } from '../platform/http/pagination.js';
import { ACTIONS_MAX, ACTION_MAX, ACTION_PATTERN } from './action.js';
import type { GrantOfSomebody } from './grants.repository.js';
import { ResourceParams } from './resource.dto.js';

export const GRANTEE_TYPES = ['user', 'service', 'role'] as const;
export type GranteeType = (typeof GRANTEE_TYPES)[number];

const EXAMPLE_ID = 'e3f3c1a7-7f0f-4f5b-8a75-0f1f3b6d9a20';

/** Whom a grant is for. */
export class Grantee {
  @ChoiceField({
    description: 'One user, one service account, or everyone who has a role.',
    choices: GRANTEE_TYPES,
    example: 'role',
  })
  readonly type!: GranteeType;

  @TextField({
    description: 'Id of the user or service account, or name of the role.',
    max: ROLE_NAME_MAX,
    example: 'editor',
  })
  readonly id!: string;
}

/** A grant as the API shows it. */
export class GrantView {
  @UuidField({ description: 'Id of the grant.', example: EXAMPLE_ID })
  readonly id!: string;

  @ObjectField(() => Grantee, { description: 'Whom it is for.' })
  readonly principal!: Grantee;

  @TextListField({
    description: "What it allows: some of the resource's actions.",
    minItems: 1,
    maxItems: ACTIONS_MAX,
    itemMax: ACTION_MAX,
    pattern: ACTION_PATTERN,
    example: ['read'],
  })
  readonly actions!: readonly string[];

  @InstantField({
    description: 'From when on it allows nothing any more; null: it has no end.',
    nullable: true,
  })
  readonly endsAt!: string | null;

  @UuidField({ description: 'Who gave it.', nullable: true })
  readonly createdBy!: string | null;

  @InstantField({ description: 'When it was given.' })
  readonly createdAt!: string;

  static of(grant: GrantOfSomebody): GrantView {
    const { id, actions, endsAt, createdBy, createdAt } = grant;
    return {
      id,
      principal: granteeOf(grant),
      actions,
      endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
      createdBy,
      createdAt: new Date(createdAt).toISOString(),
    };
  }
}

/** The grantee in the shape of the API. */
export function granteeOf({ principalId, principalType, roleName }: GrantOfSomebody): Grantee {
  if (principalId !== null && principalType !== null)
    return { type: principalType, id: principalId };
  return { type: 'role', id: roleName ?? '' }; // exactly one of the two is set
}

export class GrantPage extends pageOf(GrantView) {}

/** A grant to give. */
export class CreateGrant extends PickType(GrantView, ['principal', 'actions']) {
  @InstantField({
    description: 'From when on it allows nothing any more; without it, it has no end.',
    optional: true,
  })
  readonly endsAt?: string;
}

/** Which grant of which resource a path is about. */
export class GrantParams extends ResourceParams {
  @UuidField({ description: 'Id of the grant.', example: EXAMPLE_ID })
  readonly grantId!: string;
}
