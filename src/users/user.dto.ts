import { IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { ROLE_NAME_MAX, ROLE_NAME_PATTERN } from '../access/permissions.js';
import {
  ChoiceField,
  EmailField,
  InstantField,
  IntegerField,
  TextField,
  TextListField,
  UuidField,
} from '../platform/http/fields.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { PRINCIPAL_STATUSES } from '../principals/principal-record.entity.js';
import type { PrincipalStatus } from '../principals/principal-record.entity.js';
import { CANONICAL_NAME, Canonical } from './canonical.js';
import { DISPLAY_NAME_MAX, EMAIL_MAX, USERNAME_MAX } from './user.entity.js';
import type { UserRecord } from './users.repository.js';

/** Roles travel in the token, whose size is limited. */
const USER_ROLES_MAX = 20;

/** Far above every allowed length: a limit on work, not the password rule. */
const PASSWORD_INPUT_MAX = 1024;

/** No spaces and no controls; beyond ASCII there are look-alikes of every letter. */
const ASCII = /^[\x21-\x7e]+$/;

/** A user as the API shows it. */
export class UserView {
  @UuidField({
    description: 'Id of the user; the `sub` of their tokens.',
    example: '2b0c1f4e-52f7-4a39-8a1d-6f3f4a1f7c90',
  })
  readonly id!: string;

  @EmailField({
    description: 'E-mail address, in ASCII. Upper case becomes lower case.',
    max: EMAIL_MAX,
    example: 'ada@example.com',
  })
  @Matches(ASCII, { message: 'must be in ASCII' })
  @Canonical()
  readonly email!: string;

  @TextField({
    description:
      'Letters a to z and digits, with `.`, `_` and `-` between them. Upper case becomes lower case.',
    max: USERNAME_MAX,
    example: 'ada',
  })
  // Not part of the documented schema, since requests may have it in upper case.
  @Matches(CANONICAL_NAME, {
    message: 'must be letters a to z and digits, with . _ - only between them',
  })
  @Canonical()
  readonly username!: string;

  @TextField({ description: 'Name for people.', max: DISPLAY_NAME_MAX, example: 'Ada Lovelace' })
  readonly displayName!: string;

  @ChoiceField({
    description: 'Somebody who is disabled can neither sign in nor go on.',
    choices: PRINCIPAL_STATUSES,
    example: 'active',
  })
  readonly status!: PrincipalStatus;

  @TextListField({
    description: 'Names of their roles.',
    maxItems: USER_ROLES_MAX,
    itemMax: ROLE_NAME_MAX,
    pattern: ROLE_NAME_PATTERN,
    example: ['editor'],
  })
  readonly roles!: readonly string[];

  @IntegerField({
    description: 'Raised by each change; the ETag.',
    min: 1,
    max: 2_147_483_647,
    example: 1,
  })
  readonly version!: number;

  @InstantField({ description: 'When the password was set.' })
  readonly passwordChangedAt!: string;

  @InstantField({ description: 'When the user was made.' })
  readonly createdAt!: string;

  @InstantField({ description: 'When the user was changed last.' })
  readonly updatedAt!: string;

  static of(user: UserRecord): UserView {
    return {
      ...user,
      passwordChangedAt: new Date(user.passwordChangedAt).toISOString(),
      createdAt: new Date(user.createdAt).toISOString(),
      updatedAt: new Date(user.updatedAt).toISOString(),
    };
  }
}

export class UserPage extends pageOf(UserView) {}

/** Absent is a choice, null is a mistake: nothing here can be taken away. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A user to make. Without a display name, the username stands in; without roles, there are none. */
export class CreateUser extends IntersectionType(
  PickType(UserView, ['email', 'username']),
  PartialType(PickType(UserView, ['displayName', 'roles']), NEVER_NULL),
) {
  @TextField({
    description: 'Long and hard to guess, rather than of many kinds of characters.',
    max: PASSWORD_INPUT_MAX,
    secret: true,
    example: 'correct horse battery staple',
  })
  readonly password!: string;
}

/** What changes; everything else stays. */
export class ChangeUser extends PartialType(
  PickType(UserView, ['email', 'username', 'displayName']),
  NEVER_NULL,
) {}

/** All the roles that the user is to have from now on. */
export class SetRoles extends PickType(UserView, ['roles']) {}

/** Which user a path is about. */
export class UserParams extends PickType(UserView, ['id']) {}

/** What the list of users can be narrowed to. */
export class UserQuery extends PageQuery {
  @ChoiceField({
    description: 'Only users of this status.',
    choices: PRINCIPAL_STATUSES,
    optional: true,
  })
  readonly status?: PrincipalStatus;

  @TextField({
    description: 'Only users with this role.',
    max: ROLE_NAME_MAX,
    pattern: ROLE_NAME_PATTERN,
    optional: true,
    example: 'editor',
  })
  readonly role?: string;

  @TextField({
    description:
      'Only users with this text in their username, e-mail address or display name, in upper or lower case.',
    max: 128,
    optional: true,
    example: 'ada',
  })
  readonly q?: string;
}

/** The answer to a revocation. */
export class TokensRevoked {
  @IntegerField({
    description: 'Place of the revocation in the history of revocations.',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    example: 17,
  })
  readonly revision!: number;
}
