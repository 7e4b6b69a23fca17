import { PickType } from '@nestjs/swagger';
import { ChoiceField, InstantField, ObjectField, TextField } from '../platform/http/fields.js';
import { RevocationReceipt } from '../revocation/revocation-receipt.dto.js';
import { KEY_STATES, stateOf } from './signing-key.entity.js';
import type { KeyState, SigningKey } from './signing-key.entity.js';

const at = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString());

/** A signing key as the API shows it; nothing of its private part. */
export class KeyView {
  @TextField({
    description: 'Its id: the RFC 7638 thumbprint.',
    max: 64,
    example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
  })
  readonly kid!: string;

  @TextField({ description: 'What it is used with.', max: 16, example: 'ES256' })
  readonly algorithm!: string;

  @ChoiceField({
    description:
      '`next` is published and will sign, `active` signs, `retired` verifies until its last token has expired, `removed` and `compromised` verify nothing.',
    choices: KEY_STATES,
    example: 'active',
  })
  readonly state!: KeyState;

  @InstantField({ description: 'Since when it is published.' })
  readonly createdAt!: string;

  @InstantField({
    description:
      'When it may sign at the earliest, unless the active one is compromised; null but for the next key.',
    nullable: true,
  })
  readonly signsFrom!: string | null;

  @InstantField({ description: 'Since when it signs, or signed.', nullable: true })
  readonly activatedAt!: string | null;

  @InstantField({ description: 'Since when it does not sign any more.', nullable: true })
  readonly retiredAt!: string | null;

  @InstantField({ description: 'Since when it is out of the key set.', nullable: true })
  readonly removedAt!: string | null;

  @InstantField({ description: 'When it was found to be compromised.', nullable: true })
  readonly compromisedAt!: string | null;

  static of(key: SigningKey, signsFrom: number): KeyView {
    const state = stateOf(key);
    return {
      kid: key.kid,
      algorithm: key.algorithm,
      state,
      createdAt: new Date(key.createdAt).toISOString(),
      signsFrom: state === 'next' ? at(signsFrom) : null,
      activatedAt: at(key.activatedAt),
      retiredAt: at(key.retiredAt),
      removedAt: at(key.removedAt),
      compromisedAt: at(key.compromisedAt),
    };
  }
}

/** Which key a path is about. */
export class KeyParams extends PickType(KeyView, ['kid']) {}

/** The answer to a compromise: the key's tokens are refused here from now on, and everywhere within the bound. */
export class CompromiseView extends RevocationReceipt {
  @ObjectField(() => KeyView, { description: 'The key, which is over.' })
  readonly key!: KeyView;
}
