import { ChoiceField, IntegerField, TextField } from '../../platform/http/fields.js';
import { FormField } from '../../platform/http/form-fields.js';
import { IDENTIFIER_MAX } from '../../resources/resource.entity.js';
import { ClientForm } from '../clients/client.dto.js';

/** RFC 6749 4.4. */
export const CLIENT_CREDENTIALS = 'client_credentials';
/** RFC 8693 2.1. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const GRANT_TYPES = [CLIENT_CREDENTIALS, TOKEN_EXCHANGE] as const;

/** RFC 8693 3. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

const URN_MAX = 128;

/** What is asked of the token endpoint, whichever grant it is. */
export class TokenForm extends ClientForm {
  @FormField({
    description: `\`${CLIENT_CREDENTIALS}\` or \`${TOKEN_EXCHANGE}\`.`,
    max: URN_MAX,
    example: CLIENT_CREDENTIALS,
  })
  readonly grant_type!: string;

  @FormField({
    description:
      "What the token shall allow, separated by spaces: actions of the resource, or permissions of Signet's own API. All that is granted when absent.",
    max: 8192,
    optional: true,
    example: 'read deploy',
  })
  readonly scope?: string;

  @FormField({
    description:
      "Identifier of the one resource that the token is for (RFC 8707). Signet's own API when absent; an exchange needs one.",
    max: IDENTIFIER_MAX,
    optional: true,
    repeatable: true,
    example: 'https://billing.example.com',
  })
  readonly resource!: readonly string[];

  @FormField({
    description: 'The same as `resource`, by the name that RFC 8693 and others have for it.',
    max: IDENTIFIER_MAX,
    optional: true,
    repeatable: true,
  })
  readonly audience!: readonly string[];

  @FormField({
    description: 'Exchange: the access token of the person that the new one shall speak for.',
    max: 16_384,
    optional: true,
    secret: true,
  })
  readonly subject_token?: string;

  @FormField({
    description: `Exchange: \`${ACCESS_TOKEN_TYPE}\`.`,
    max: URN_MAX,
    optional: true,
    example: ACCESS_TOKEN_TYPE,
  })
  readonly subject_token_type?: string;

  @FormField({
    description: `Exchange: \`${ACCESS_TOKEN_TYPE}\`, or absent.`,
    max: URN_MAX,
    optional: true,
    example: ACCESS_TOKEN_TYPE,
  })
  readonly requested_token_type?: string;

  @FormField({
    description: 'Not supported: who acts is the client that authenticates.',
    max: 16_384,
    optional: true,
    secret: true,
  })
  readonly actor_token?: string;

  @FormField({ description: 'Not supported.', max: URN_MAX, optional: true })
  readonly actor_token_type?: string;
}

/** A token that was issued (RFC 6749 5.1, RFC 8693 2.2.1). There is no refresh token with it. */
export class AccessTokenResponse {
  @TextField({
    description:
      'A signed JWT; encrypted for the resource, when that has registered a key for it. Send it as `Authorization: Bearer ...`.',
    max: 16_384,
    secret: true,
  })
  readonly access_token!: string;

  @ChoiceField({
    description: 'After an exchange: what kind of token that is.',
    choices: [ACCESS_TOKEN_TYPE],
    optional: true,
    example: ACCESS_TOKEN_TYPE,
  })
  readonly issued_token_type?: string;

  @ChoiceField({ description: 'How to send it.', choices: ['Bearer'], example: 'Bearer' })
  readonly token_type!: 'Bearer';

  @IntegerField({
    description: 'Seconds until it expires.',
    min: 1,
    max: 86400,
    example: 600,
  })
  readonly expires_in!: number;

  @TextField({
    description: 'What it allows, separated by spaces.',
    min: 0,
    max: 8192,
    example: 'read deploy',
  })
  readonly scope!: string;
}
