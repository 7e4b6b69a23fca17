import { IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import {
  InstantField,
  IntegerField,
  LabelsField,
  ReadField,
  TextField,
  TextListField,
  UuidField,
} from '../platform/http/fields.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { readEncryptionKey } from '../tokens/encryption-key.js';
import { ACTIONS_MAX, ACTION_MAX, ACTION_PATTERN } from './action.js';
import { EncryptionKeyView } from './encryption-key.dto.js';
import { IsResourceIdentifier } from './identifier.js';
import { LABELS_MAX, LABEL_FILTER_PATTERN, LABEL_NAME_PATTERN } from './labels.js';
import type { LabelledResource, Labels } from './labels.js';
import { LABEL_NAME_MAX, LABEL_VALUE_MAX } from './resource-label.entity.js';
import {
  CLAIMS_MAX,
  CLAIM_NAME_MAX,
  IDENTIFIER_MAX,
  RESOURCE_DESCRIPTION_MAX,
  RESOURCE_NAME_MAX,
  TOKEN_TTL_MAX,
} from './resource.entity.js';

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
    description:
      'Lifetime of its tokens in seconds, at most `ACCESS_TOKEN_MAX_TTL`. Null: `ACCESS_TOKEN_TTL`.',
    min: 1,
    max: TOKEN_TTL_MAX,
    nullable: true,
    example: 300,
  })
  readonly tokenTtl!: number | null;

  @ReadField(() => EncryptionKeyView, {
    description:
      'Public key that its tokens are encrypted with after they were signed, so that only the holder of the private key reads their claims. EC on P-256 or P-384 (`ECDH-ES+A256KW`), or RSA of 2048 to 4096 bits (`RSA-OAEP-256`); others, X25519 among them, are refused, since the libraries of consumers do not know them. Null: tokens are signed only.',
    nullable: true,
    code: 'encryption_key',
    read: readEncryptionKey,
  })
  readonly encryptionKey!: EncryptionKeyView | null;

  @TextListField({
    description:
      'Names of the claims of a user that its tokens carry in `user_claims`. Null: all; an empty list: none.',
    maxItems: CLAIMS_MAX,
    itemMax: CLAIM_NAME_MAX,
    nullable: true,
    example: ['team'],
  })
  readonly claims!: readonly string[] | null;

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

/** Absent is a choice, null is a mistake, unless the field itself says that it may be null. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A resource to register. */
export class CreateResource extends IntersectionType(
  PickType(ResourceView, ['identifier', 'name', 'actions']),
  PartialType(
    PickType(ResourceView, ['description', 'labels', 'tokenTtl', 'encryptionKey', 'claims']),
    NEVER_NULL,
  ),
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
  PickType(CreateResource, [
    'name',
    'description',
    'actions',
    'labels',
    'ownerId',
    'tokenTtl',
    'encryptionKey',
    'claims',
  ]),
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
