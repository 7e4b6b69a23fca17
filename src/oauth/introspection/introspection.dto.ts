import {
  BooleanField,
  IntegerField,
  ObjectField,
  TextField,
  TextListField,
  UuidField,
} from '../../platform/http/fields.js';

const SECONDS_MAX = 9_999_999_999;

const Seconds = (description: string) =>
  IntegerField({ description, min: 0, max: SECONDS_MAX, optional: true, example: 1_800_000_000 });

/** Who acts in the name of the subject (RFC 8693 4.1). */
export class ActorView {
  @UuidField({ description: 'The service account.' }) readonly sub!: string;
  @UuidField({ description: 'The credential that it proved itself with.' }) readonly sid!: string;
  @IntegerField({ description: 'Version of its tokens.', min: 0, max: 2_147_483_647 })
  readonly ver!: number;
}

/** What a token is worth (RFC 7662 2.2). Nothing but `active` when it is not. */
export class IntrospectionView {
  @BooleanField({ description: 'Whether it is good now.' }) readonly active!: boolean;

  @TextField({ description: 'What it allows.', min: 0, max: 8192, optional: true, example: 'read' })
  readonly scope?: string;

  @TextField({
    description: 'Who asked for it: a service account, or `signet` for people.',
    max: 64,
    optional: true,
  })
  readonly client_id?: string;

  @TextField({
    description: '`Bearer`; absent for a refresh token, which opens nothing by itself.',
    max: 16,
    optional: true,
    example: 'Bearer',
  })
  readonly token_type?: string;

  @Seconds('When it ends; a refresh token, unless it is refreshed before.') readonly exp?: number;
  @Seconds('When it was issued.') readonly iat?: number;
  @Seconds('From when on it holds.') readonly nbf?: number;

  @UuidField({ description: 'Whom it speaks for.', optional: true }) readonly sub?: string;

  @TextField({ description: 'Whom it is meant for.', max: 2048, optional: true })
  readonly aud?: string;

  @TextField({ description: 'Who issued it.', max: 2048, optional: true }) readonly iss?: string;
  @TextField({ description: 'Its id.', max: 64, optional: true }) readonly jti?: string;

  @UuidField({
    description: "The session, or of a service's own token the credential.",
    optional: true,
  })
  readonly sid?: string;

  @TextListField({
    description: 'Names of roles.',
    maxItems: 1000,
    itemMax: 48,
    optional: true,
    example: ['editor'],
  })
  readonly roles?: readonly string[];

  @Seconds('When the person last proved who they are (RFC 9470).') readonly auth_time?: number;

  @TextListField({
    description: 'How (RFC 8176).',
    maxItems: 10,
    itemMax: 16,
    optional: true,
    example: ['pwd'],
  })
  readonly amr?: readonly string[];

  @TextField({ description: 'How surely.', max: 16, optional: true, example: 'aal1' })
  readonly acr?: string;

  @ObjectField(() => ActorView, { description: 'Who acts for the subject.', optional: true })
  readonly act?: ActorView;
}
