import { applyDecorators } from '@nestjs/common';
import { ApiProperty, IntersectionType, PartialType, PickType } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';
import {
  ChoiceField,
  InstantField,
  ListField,
  ObjectField,
  TextField,
  UuidField,
} from '../platform/http/fields.js';
import { pageOf } from '../platform/http/pagination.js';
import { ASSERTION_ALGORITHMS } from './public-key.js';
import type { PublicJwk } from './public-key.js';
import { ServiceAccountParams } from './service-account.dto.js';
import {
  CREDENTIAL_LABEL_MAX,
  CREDENTIAL_TYPES,
  JWKS_URI_MAX,
} from './service-credential.entity.js';
import type { CredentialType, ServiceCredential } from './service-credential.entity.js';

/** The old and the new, and some room: each is tried when an assertion names none. */
export const INLINE_KEYS_MAX = 4;

/** A set of keys as somebody sends it; each key is judged by `readPublicJwk`. */
export interface SentJwks {
  readonly keys: readonly unknown[];
}

/** A client's public key (RFC 7517). */
export class ClientJwkView implements PublicJwk {
  @ChoiceField({ description: 'Key type.', choices: ['EC', 'RSA'] }) readonly kty!: 'EC' | 'RSA';
  @TextField({ description: 'Curve.', max: 8, optional: true }) readonly crv?: string;
  @TextField({ description: 'X coordinate.', max: 128, optional: true }) readonly x?: string;
  @TextField({ description: 'Y coordinate.', max: 128, optional: true }) readonly y?: string;
  @TextField({ description: 'Modulus.', max: 1024, optional: true }) readonly n?: string;
  @TextField({ description: 'Exponent.', max: 16, optional: true }) readonly e?: string;
  @TextField({
    description: 'Key id; the RFC 7638 thumbprint, when none was registered.',
    max: 128,
  })
  readonly kid!: string;
  @ChoiceField({
    description: 'The one algorithm that it verifies.',
    choices: ASSERTION_ALGORITHMS,
  })
  readonly alg!: PublicJwk['alg'];
  @TextField({ description: 'Use.', max: 3, example: 'sig' }) readonly use!: 'sig';
}

/** A set of public keys. */
export class ClientJwksView {
  @ListField(() => ClientJwkView, { description: 'The keys.' })
  readonly keys!: readonly ClientJwkView[];
}

/** A credential as the API shows it. A secret is not part of that: nobody can read it again. */
export class CredentialView {
  @UuidField({ description: 'Id of the credential; the `sid` of the tokens that it gets.' })
  readonly id!: string;

  @ChoiceField({
    description:
      '`secret` for `client_secret_basic` and `client_secret_post`, `public-key` for `private_key_jwt`.',
    choices: CREDENTIAL_TYPES,
    example: 'secret',
  })
  readonly type!: CredentialType;

  @TextField({
    description: 'What tells it from the others.',
    min: 0,
    max: CREDENTIAL_LABEL_MAX,
    example: 'cluster 2',
  })
  readonly label!: string;

  @ObjectField(() => ClientJwksView, {
    description: 'Its public keys, when it has any here.',
    nullable: true,
    example: null,
  })
  readonly jwks!: ClientJwksView | null;

  @TextField({
    description: 'Where its public keys are published, when that is elsewhere.',
    max: JWKS_URI_MAX,
    nullable: true,
    example: null,
  })
  readonly jwksUri!: string | null;

  @UuidField({ description: 'Who made it.', nullable: true })
  readonly createdBy!: string | null;

  @InstantField({ description: 'When it was made.' })
  readonly createdAt!: string;

  @InstantField({
    description: 'When it ends, and all its tokens with it; null when it does not.',
    nullable: true,
  })
  readonly expiresAt!: string | null;

  @InstantField({
    description: 'When it was used last, to the minute; null when it never was.',
    nullable: true,
  })
  readonly lastUsedAt!: string | null;

  static of(credential: ServiceCredential): CredentialView {
    const { id, type, label, jwks, jwksUri, createdBy } = credential;
    return {
      id,
      type,
      label,
      jwks,
      jwksUri,
      createdBy,
      createdAt: new Date(credential.createdAt).toISOString(),
      expiresAt: instantOf(credential.expiresAt),
      lastUsedAt: instantOf(credential.lastUsedAt),
    };
  }
}

export class CredentialPage extends pageOf(CredentialView) {}

/** A credential that was just made, with its secret, if it is one. */
export class CreatedCredential extends CredentialView {
  @TextField({
    description: 'The secret. It is shown here and never again.',
    max: 64,
    secret: true,
    optional: true,
    example: 'sgs_…',
  })
  readonly secret?: string;
}

/** Absent is a choice, null is a mistake. */
const NEVER_NULL = { skipNullProperties: false } as const;

/** A credential to make. A secret is made here; of a key pair, only the public half is sent. */
export class CreateCredential extends IntersectionType(
  PickType(CredentialView, ['type']),
  PartialType(PickType(CredentialView, ['label']), NEVER_NULL),
) {
  @JwksField({
    description: `For \`public-key\`: up to ${INLINE_KEYS_MAX} public keys (EC P-256 or P-384, RSA of 2048 to 4096 bits).`,
  })
  readonly jwks?: SentJwks;

  @TextField({
    description:
      'For `public-key`, instead of `jwks`: the URL of a key set, on one of `CLIENT_JWKS_ORIGINS`.',
    max: JWKS_URI_MAX,
    optional: true,
    example: 'https://ci.example.com/.well-known/jwks.json',
  })
  readonly jwksUri?: string;

  @InstantField({ description: 'When it ends; never, when absent.', optional: true })
  readonly expiresAt?: string;
}

/** Which credential a path is about. */
export class CredentialParams extends ServiceAccountParams {
  @UuidField({ description: 'Id of the credential.' })
  readonly credentialId!: string;
}

/** An object with a list of objects; what is in those is not for the pipe to say. */
function JwksField({ description }: { readonly description: string }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description,
      selfRequired: false,
      type: 'object',
      required: ['keys'],
      properties: {
        keys: {
          type: 'array',
          minItems: 1,
          maxItems: INLINE_KEYS_MAX,
          items: { type: 'object', additionalProperties: true },
        },
      },
    }),
    ValidateIf((_object, value) => value !== undefined),
    ValidateBy({
      name: 'jwks',
      validator: {
        validate: isSentJwks,
        defaultMessage: () =>
          `must be an object with a list "keys" of 1 to ${INLINE_KEYS_MAX} keys`,
      },
    }),
  );
}

function isSentJwks(value: unknown): value is SentJwks {
  if (typeof value !== 'object' || value === null || !('keys' in value)) return false;
  const { keys } = value;
  return Array.isArray(keys) && keys.length >= 1 && keys.length <= INLINE_KEYS_MAX;
}

function instantOf(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
