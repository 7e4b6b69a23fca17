import { IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import {
  PERMISSION_MAX,
  PERMISSION_PATTERN,
  ROLE_NAME_MAX,
  ROLE_NAME_PATTERN,
} from '../access/permissions.js';
import {
  BooleanField,
  InstantField,
  IntegerField,
  TextField,
  TextListField,
} from '../platform/http/fields.js';
import { pageOf } from '../platform/http/pagination.js';
import { isBuiltIn } from './built-in.js';
import { ROLE_DESCRIPTION_MAX } from './role.entity.js';
import type { Role } from './role.entity.js';

/** More than any one job needs. What all roles of somebody add up to is checked when they are given. */
const ROLE_PERMISSIONS_MAX = 50;

/** A role as the API shows it. */
export class RoleView {
  @TextField({
    description: 'Its name, which never changes.',
    max: ROLE_NAME_MAX,
    pattern: ROLE_NAME_PATTERN,
    example: 'release-manager',
  })
  readonly name!: string;

  @TextField({
    description: 'What it is for.',
    min: 0,
    max: ROLE_DESCRIPTION_MAX,
    example: 'Decides what goes to production',
  })
  readonly description!: string;

  @TextListField({
    description:
      'What its holders may do: permissions of Signet, and others that mean something to your services.',
    maxItems: ROLE_PERMISSIONS_MAX,
    itemMax: PERMISSION_MAX,
    pattern: PERMISSION_PATTERN,
    example: ['resources:read', 'release:approve'],
  })
  readonly permissions!: readonly string[];

  @BooleanField({
    description: 'Whether Signet brought it along, so that it cannot be removed.',
    example: false,
  })
  readonly builtIn!: boolean;

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

  static of(role: Role): RoleView {
    return {
      ...role,
      builtIn: isBuiltIn(role.name),
      createdAt: new Date(role.createdAt).toISOString(),
      updatedAt: new Date(role.updatedAt).toISOString(),
    };
  }
}

export class RolePage extends pageOf(RoleView) {}

/** Absent is a choice, null is a mistake: nothing here can be taken away. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A role to make. */
export class CreateRole extends IntersectionType(
  PickType(RoleView, ['name', 'permissions']),
  PartialType(PickType(RoleView, ['description']), NEVER_NULL),
) {}

/** What changes; everything else stays. Permissions are replaced as a whole. */
export class ChangeRole extends PartialType(
  PickType(RoleView, ['description', 'permissions']),
  NEVER_NULL,
) {}

/** Which role a path is about. */
export class RoleParams extends PickType(RoleView, ['name']) {}
