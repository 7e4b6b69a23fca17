import { IntersectionType, PickType } from '@nestjs/swagger';
import {
  ChoiceField,
  InstantField,
  ListField,
  QueryIntegerField,
  TextField,
  UuidField,
} from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/pagination.js';
import { RevocationReceipt } from '../../revocation/revocation-receipt.dto.js';
import { REVOCATION_KINDS, REVOCATION_REASONS } from '../../revocation/revocation.js';
import type { RevokedToken } from '../../revocation/revoked-token.entity.js';

/** What an administrator may revoke here; a signing key has an address of its own. */
export const REVOCABLE_KINDS = ['token', 'session', 'principal'] as const;

/** A revocation that is in force. */
export class RevocationView extends PickType(RevocationReceipt, ['revision']) {
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

/** A replica of Signet, and since when it refuses. */
export class ReplicaProgress {
  @UuidField({ description: 'Made anew at each start.' })
  readonly id!: string;

  @TextField({ description: 'Host and port.', max: 128, example: 'signet-1:3000' })
  readonly name!: string;

  @InstantField({
    description: 'When it took the revocation in; null as long as it has not.',
    nullable: true,
  })
  readonly reachedAt!: string | null;

  @InstantField({ description: 'When it was last seen; replicas that are gone are not shown.' })
  readonly seenAt!: string;
}

/** A service that fetches the status lists with its access token, and since when it can refuse. */
export class ConsumerProgress {
  @UuidField({ description: 'Id of the service account.' })
  readonly id!: string;

  @InstantField({
    description:
      'When it fetched a digest from which it can tell that something changed; null as long as it has not.',
    nullable: true,
  })
  readonly toldAt!: string | null;

  @InstantField({
    description:
      'When it fetched the list that has the revocation; null as long as it has not, which is also so when it never needed that list.',
    nullable: true,
  })
  readonly fetchedAt!: string | null;

  @InstantField({ description: 'When it last fetched anything.' })
  readonly seenAt!: string;
}

/** A revocation, and who knows of it. */
export class RevocationDetail extends IntersectionType(RevocationView, RevocationReceipt) {
  @InstantField({
    description: 'When the last of the replicas took it in; null as long as one has not.',
    nullable: true,
  })
  readonly everywhereAt!: string | null;

  @ListField(() => ReplicaProgress, { description: 'The replicas of Signet.' })
  readonly replicas!: readonly ReplicaProgress[];

  @ListField(() => ConsumerProgress, { description: 'The services that say who they are.' })
  readonly consumers!: readonly ConsumerProgress[];
}

/** Which revocation. */
export class RevocationParams {
  @QueryIntegerField({
    description: 'Its revision.',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    optional: false,
    example: 17,
  })
  readonly revision!: number;
}

export class RevocationQuery extends PageQuery {
  @ChoiceField({ description: 'Only this kind.', choices: REVOCATION_KINDS, optional: true })
  readonly kind?: string;

  @TextField({ description: 'Only this `jti`, `sid`, `sub` or `kid`.', max: 64, optional: true })
  readonly subject?: string;
}
