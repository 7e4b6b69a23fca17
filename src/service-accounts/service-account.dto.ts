import { IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { ROLE_NAME_MAX, ROLE_NAME_PATTERN } from '../access/permissions.js';
import {
  ChoiceField,
  InstantField,
  IntegerField,
  TextField,
  TextListField,
  UuidField,
} from '../platform/http/fields.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { PRINCIPAL_STATUSES } from '../principals/principal-record.entity.js';
import type { PrincipalStatus } from '../principals/principal-record.entity.js';
import { CANONICAL_NAME, Canonical } from '../users/canonical.js';
import { ACCOUNT_DESCRIPTION_MAX, ACCOUNT_NAME_MAX } from './service-account.entity.js';
import type { AccountRecord } from './service-accounts.repository.js';

/** Roles travel in the token, whose size is limited. */
const ACCOUNT_ROLES_MAX = 20;

const EXAMPLE_OWNER = '2b0c1f4e-52f7-4a39-8a1d-6f3f4a1f7c90';

/** A service account as the API shows it. */
export class ServiceAccountView {
  @UuidField({
    description: 'Id of the account; the `client_id` and the `sub` of its tokens.',
    example: '7c9a4be0-58f5-4b7c-9a0f-0d9a5d0f1c11',
  })
  readonly id!: string;

  @TextField({
    description:
      'Letters a to z and digits, with `.`, `_` and `-` between them. Upper case becomes lower case.',
    max: ACCOUNT_NAME_MAX,
    example: 'billing-export',
  })
  // Not part of the documented schema, since requests may have it in upper case.
  @Matches(CANONICAL_NAME, {
    message: 'must be letters a to z and digits, with . _ - only between them',
  })
  @Canonical()
  readonly name!: string;

  @TextField({
    description: 'What it is for.',
    min: 0,
    max: ACCOUNT_DESCRIPTION_MAX,
    example: 'Copies invoices to the data warehouse every night',
  })
  readonly description!: string;

  @UuidField({
    description:
      'The user who looks after it. Null when there is none, or none any more: then only holders of `service-accounts:write` do.',
    nullable: true,
    example: EXAMPLE_OWNER,
  })
  readonly ownerId!: string | null;

  @ChoiceField({
    description: 'A disabled account gets no tokens, and those it has are refused.',
    choices: PRINCIPAL_STATUSES,
    example: 'active',
  })
  readonly status!: PrincipalStatus;

  @TextListField({
    description: 'Names of its roles.',
    maxItems: ACCOUNT_ROLES_MAX,
    itemMax: ROLE_NAME_MAX,
    pattern: ROLE_NAME_PATTERN,
    example: ['viewer'],
  })
  readonly roles!: readonly string[];

  @IntegerField({
    description: 'Raised by each change; the ETag.',
    min: 1,
    max: 2_147_483_647,
    example: 1,
  })
  readonly version!: number;

  @InstantField({ description: 'When it was made.' })
  readonly createdAt!: string;

  @InstantField({ description: 'When it was changed last.' })
  readonly updatedAt!: string;

  static of(account: AccountRecord): ServiceAccountView {
    return {
      ...account,
      createdAt: new Date(account.createdAt).toISOString(),
      updatedAt: new Date(account.updatedAt).toISOString(),
    };
  }
}

export class ServiceAccountPage extends pageOf(ServiceAccountView) {}

/** Absent is a choice, null is a mistake: nothing here can be taken away. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A service account to make. Without roles there are none. */
export class CreateServiceAccount extends IntersectionType(
  PickType(ServiceAccountView, ['name']),
  PartialType(PickType(ServiceAccountView, ['description', 'roles']), NEVER_NULL),
) {
  @UuidField({
    description: 'The user who looks after it; you, when absent and you are one.',
    optional: true,
    example: EXAMPLE_OWNER,
  })
  readonly ownerId?: string;
}

/** What changes; everything else stays. `ownerId` hands it over. */
export class ChangeServiceAccount extends PartialType(
  PickType(CreateServiceAccount, ['name', 'description', 'ownerId']),
  NEVER_NULL,
) {}

/** All the roles that the account is to have from now on. */
export class SetAccountRoles extends PickType(ServiceAccountView, ['roles']) {}

/** Which account a path is about. */
export class ServiceAccountParams extends PickType(ServiceAccountView, ['id']) {}

/** What the list of service accounts can be narrowed to. */
export class ServiceAccountQuery extends PageQuery {
  @UuidField({ description: 'Only accounts of this owner.', optional: true })
  readonly owner?: string;

  @TextField({
    description:
      'Only accounts with this text in their name or description, in upper or lower case.',
    max: 128,
    optional: true,
    example: 'billing',
  })
  readonly q?: string;
}
