import { FormField } from '../../platform/http/form-fields.js';

/** What of a form is about the client that sends it. HTTP Basic says the first two as well. */
export class ClientForm {
  @FormField({
    description: 'Id of the service account.',
    max: 128,
    optional: true,
    example: '6f1f0c3e-9f5e-4f0a-8f7e-0d6d3c6c4b55',
  })
  readonly client_id?: string;

  @FormField({
    description: 'Secret of one of its credentials.',
    max: 1024,
    optional: true,
    secret: true,
  })
  readonly client_secret?: string;

  @FormField({
    description:
      'Instead of a secret: a JWT that a key of the service account has signed (RFC 7523).',
    max: 16_384,
    optional: true,
    secret: true,
  })
  readonly client_assertion?: string;

  @FormField({
    description: 'Kind of assertion.',
    max: 128,
    optional: true,
    example: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  })
  readonly client_assertion_type?: string;
}

/** A token that something is asked about or done to, by a client. */
export class TokenAsForm extends ClientForm {
  /** Whatever it is: what is no token of ours is not an error here (RFC 7009 2.2, RFC 7662 2.2). */
  @FormField({
    description: 'An access token or a refresh token.',
    max: 65_536,
    secret: true,
  })
  readonly token!: string;

  @FormField({
    description: 'Which of the two; only a hint, and not needed.',
    max: 128,
    optional: true,
    example: 'access_token',
  })
  readonly token_type_hint?: string;
}
