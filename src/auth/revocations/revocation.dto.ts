import { PickType } from '@nestjs/swagger';
import {
  ChoiceField,
  InstantField,
  IntegerField,
  TextField,
  UuidField,
} from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/pagination.js';
import { REVOCATION_KINDS, REVOCATION_REASONS } from '../../revocation/revocation.js';
import type { RevokedToken } from '../../revocation/revoked-token.entity.js';

/** What an administrator may revoke here; a signing key has an address of its own. */
export const REVOCABLE_KINDS = ['token', 'session', 'principal'] as const;

/** A revocation that is in force. */
export class RevocationView {
  @IntegerField({
    description: 'Its place in the history of revocations.',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    example: 17,
  })
  readonly revision!: number;

  @ChoiceField({ description: 'What was revoked.', choices: REVOCATION_KINDS, example: 'session' })
  readonly kind!: string;

  @TextField({
    description: '`jti`, `sid`, `sub` or `kid`, by kind.',
    max: 64,
    example: '6f1f0c3e-9f5e-4f0a-8f7e-0d6d3c6c4b55',
  })
  readonly subject!: string;

  @ChoiceField({ description: 'Why.', choices: REVOCATION_REASONS, example: 'logout' })
  readonly reason!: string;

  @UuidField({ description: 'By whom; null when nobody was signed in.', nullable: true })
  readonly revokedBy!: string | null;

  @InstantField({ description: 'When.' })
  readonly createdAt!: string;

  @InstantField({ description: 'When everything that it takes has expired by itself.' })
  readonly expiresAt!: string;

  static of({
    revision,
    kind,
    subject,
    reason,
    revokedBy,
    createdAt,
    expiresAt,
  }: RevokedToken): RevocationView {
    return {
      revision,
      kind,
      subject,
      reason,
      revokedBy,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
    };
  }
}

export class RevocationPage extends pageOf(RevocationView) {}

/** What is to be revoked. */
export class CreateRevocation {
  @ChoiceField({
    description: 'One token, a session, or everything of a principal.',
    choices: REVOCABLE_KINDS,
    example: 'session',
  })
  readonly kind!: (typeof REVOCABLE_KINDS)[number];

  @TextField({
    description: '`jti`, `sid` or `sub`, by kind.',
    max: 64,
    pattern: /^[A-Za-z0-9_-]+$/,
    example: '6f1f0c3e-9f5e-4f0a-8f7e-0d6d3c6c4b55',
  })
  readonly subject!: string;
}

/** The answer to a revocation: it holds here from now on, and everywhere within the stated bound. */
export class RevocationReceipt extends PickType(RevocationView, ['revision']) {
  @IntegerField({
    description: 'Milliseconds within which every replica refuses.',
    min: 1,
    max: 60_000,
    example: 2000,
  })
  readonly boundMs!: number;
}

export class RevocationQuery extends PageQuery {
  @ChoiceField({ description: 'Only this kind.', choices: REVOCATION_KINDS, optional: true })
  readonly kind?: string;

  @TextField({ description: 'Only this `jti`, `sid`, `sub` or `kid`.', max: 64, optional: true })
  readonly subject?: string;
}
