import { ApiProperty } from '@nestjs/swagger';
import {
  BooleanField,
  ChoiceField,
  IntegerField,
  ListField,
  ObjectField,
  TextField,
} from '../../platform/http/fields.js';
import { CheckedPrincipal } from '../../resources/check.dto.js';
import { IDENTIFIER_MAX } from '../../resources/resource.entity.js';

/** Far above every token that is issued. */
const SIZE_MAX = 1_000_000;

export const NO_TOKEN_CODES = [
  'unknown_principal',
  'principal_disabled',
  'no_credential',
  'unknown_resource',
  'nothing_granted',
  'nothing_of_scope',
  'too_large',
] as const;
export type NoTokenCode = (typeof NO_TOKEN_CODES)[number];

/** Whose token, and for what. */
export class PreviewRequest {
  @ObjectField(() => CheckedPrincipal, { description: 'Who would get it.' })
  readonly principal!: CheckedPrincipal;

  @TextField({
    description: "Identifier of the resource that it would be for; Signet's own API when absent.",
    max: IDENTIFIER_MAX,
    optional: true,
    example: 'https://deploy.example.com',
  })
  readonly resource?: string;

  @TextField({
    description: 'What it would be asked to permit, separated by spaces; all when absent.',
    max: 4096,
    optional: true,
    example: 'read deploy',
  })
  readonly scope?: string;
}

/** A claim and its size. */
export class ClaimSizeView {
  @TextField({ description: 'Name of the claim.', max: 64, example: 'user_claims' })
  readonly name!: string;

  @IntegerField({ description: 'Bytes of its value.', min: 0, max: SIZE_MAX, example: 311 })
  readonly bytes!: number;
}

/** Why somebody would get no token. */
export class NoTokenReason {
  @ChoiceField({
    description: 'The reason, for programs.',
    choices: NO_TOKEN_CODES,
    example: 'nothing_granted',
  })
  readonly code!: NoTokenCode;

  @TextField({
    description: 'The reason, for people.',
    max: 1024,
    example: 'Nothing is granted to them on https://deploy.example.com.',
  })
  readonly text!: string;
}

/** The token, were it issued. */
export class TokenPreview {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'Its claims now. `jti`, `sid`, `status` and how the holder signed in stand for what only a real one has.',
  })
  readonly claims!: object;

  @IntegerField({
    description: 'Its bytes, as it would be sent.',
    min: 1,
    max: SIZE_MAX,
    example: 812,
  })
  readonly size!: number;

  @BooleanField({
    description: 'Whether it would be encrypted for the resource, which makes it longer.',
    example: false,
  })
  readonly encrypted!: boolean;

  @ListField(() => ClaimSizeView, { description: 'The claims that take most of it.' })
  readonly largest!: readonly ClaimSizeView[];
}

/** What somebody would get. */
export class PreviewAnswer {
  @BooleanField({ description: 'Whether they would get a token.', example: true })
  readonly issued!: boolean;

  @ObjectField(() => NoTokenReason, {
    description: 'Why not; null when they would.',
    nullable: true,
  })
  readonly reason!: NoTokenReason | null;

  @ObjectField(() => TokenPreview, {
    description: 'What it would be; null when there is nothing to say.',
    nullable: true,
  })
  readonly token!: TokenPreview | null;

  @IntegerField({
    description: 'Bytes that a token may have (`ACCESS_TOKEN_MAX_SIZE`).',
    min: 1,
    max: SIZE_MAX,
    example: 2048,
  })
  readonly limit!: number;
}
