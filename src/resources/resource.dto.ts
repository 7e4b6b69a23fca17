import { IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import {
  InstantField,
  IntegerField,
  LabelsField,
  TextField,
  TextListField,
  UuidField,
} from '../platform/http/fields.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { ACTIONS_MAX, ACTION_MAX, ACTION_PATTERN } from './action.js';
import { IsResourceIdentifier } from './identifier.js';
import { LABELS_MAX, LABEL_FILTER_PATTERN, LABEL_NAME_PATTERN } from './labels.js';
import type { LabelledResource, Labels } from './labels.js';
import { LABEL_NAME_MAX, LABEL_VALUE_MAX } from './resource-label.entity.js';
import { IDENTIFIER_MAX, RESOURCE_DESCRIPTION_MAX, RESOURCE_NAME_MAX } from './resource.entity.js';

const EXAMPLE_ID = '7f1e0b52-6a3c-4b52-9d0e-0d1b3f0c8a11';
const EXAMPLE_OWNER = '2b0c1f4e-52f7-4a39-8a1d-6f3f4a1f7c90';

/** A resource as the API shows it. */
export class ResourceView {
  @UuidField({ description: 'Id of the resource.', example: EXAMPLE_ID })
  readonly id!: string;

  @TextField({
    description:
      'Absolute URI that is the `aud` of its tokens. Compared byte for byte; never changes.',
    max: IDENTIFIER_MAX,
    example: 'https://billing.example.com',
  })
  @IsResourceIdentifier()
  readonly identifier!: string;

  @TextField({
    description: 'Its name, for people.',
    max: RESOURCE_NAME_MAX,
    example: 'Billing API',
  })
  readonly name!: string;

  @TextField({
    description: 'What it is and whom to ask.',
    min: 0,
    max: RESOURCE_DESCRIPTION_MAX,
    multiline: true,
    example: 'Invoices and payments. #team-billing',
  })
  readonly description!: string;

  @UuidField({
    description:
      'Who manages it. Null once the owner was deleted: then only holders of `resources:manage` do.',
    nullable: true,
    example: EXAMPLE_OWNER,
  })
  readonly ownerId!: string | null;

  @TextListField({
    description:
      'What can be done with it; grants name some of these. An action that is removed is refused at once, whatever grants say.',
    minItems: 1,
    maxItems: ACTIONS_MAX,
    itemMax: ACTION_MAX,
    pattern: ACTION_PATTERN,
    example: ['read', 'invoice:write'],
  })
  readonly actions!: readonly string[];

  @LabelsField({
    description: 'Labels to find it by.',
    maxEntries: LABELS_MAX,
    name: LABEL_NAME_PATTERN,
    maxValue: LABEL_VALUE_MAX,
    example: { team: 'billing', tier: '1' },
  })
  readonly labels!: Labels;

  @IntegerField({
    description: 'Raised by each change; the ETag.',
    min: 1,
    max: 2_147_483_647,
    example: 1,
  })
  readonly version!: number;

  @InstantField({ description: 'When it was registered.' })
  readonly createdAt!: string;

  @InstantField({ description: 'When it was changed last.' })
  readonly updatedAt!: string;

  static of({ searchText: _, ...resource }: LabelledResource): ResourceView {
    return {
      ...resource,
      createdAt: new Date(resource.createdAt).toISOString(),
      updatedAt: new Date(resource.updatedAt).toISOString(),
    };
  }
}

export class ResourcePage extends pageOf(ResourceView) {}

/** Absent is a choice, null is a mistake: nothing here can be taken away. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A resource to register. */
export class CreateResource extends IntersectionType(
  PickType(ResourceView, ['identifier', 'name', 'actions']),
  PartialType(PickType(ResourceView, ['description', 'labels']), NEVER_NULL),
) {
  @UuidField({
    description: 'Who manages it; you, when absent. Somebody else only with `resources:manage`.',
    optional: true,
    example: EXAMPLE_OWNER,
  })
  readonly ownerId?: string;
}

/** What changes; everything else stays. Labels are replaced as a whole, and `ownerId` hands it over. */
export class ChangeResource extends PartialType(
  PickType(CreateResource, ['name', 'description', 'actions', 'labels', 'ownerId']),
  NEVER_NULL,
) {}

/** What the registry can be narrowed to. */
export class ResourceQuery extends PageQuery {
  @UuidField({ description: 'Only what this user owns.', optional: true, example: EXAMPLE_OWNER })
  readonly owner?: string;

  @TextField({
    description: 'Only what has this label: `name:value`, or `name` with any value.',
    max: LABEL_NAME_MAX + 1 + LABEL_VALUE_MAX,
    pattern: LABEL_FILTER_PATTERN,
    optional: true,
    example: 'team:billing',
  })
  readonly label?: string;

  @TextField({
    description:
      'Only what has this text in its identifier, name or description, in upper or lower case.',
    max: 128,
    optional: true,
    example: 'billing',
  })
  readonly q?: string;
}

/** Which resource a path is about. */
export class ResourceParams {
  @UuidField({ description: 'Id of the resource.', example: EXAMPLE_ID })
  readonly id!: string;
}
