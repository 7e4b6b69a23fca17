import { ChoiceField, TextField, TextListField } from '../../platform/http/fields.js';
import type { ConsumerConfig } from './consumer.js';
import { CONSUMER_LIBRARIES } from './templates.js';
import type { ConsumerLibrary } from './templates.js';

/** For which library. */
export class ConsumerConfigQuery {
  @ChoiceField({
    description: 'The library or framework that shall verify the tokens.',
    choices: CONSUMER_LIBRARIES,
    example: 'express-jwt',
  })
  readonly for!: ConsumerLibrary;
}

/** Code that makes a library take the tokens of one resource, and refuse all others. */
export class ConsumerConfigView implements ConsumerConfig {
  @ChoiceField({
    description: 'For which library it is.',
    choices: CONSUMER_LIBRARIES,
    example: 'express-jwt',
  })
  readonly for!: ConsumerLibrary;

  @TextField({ description: 'Name for the file.', max: 64, example: 'signet-auth.mjs' })
  readonly filename!: string;

  @TextField({
    description: 'How to install what it needs.',
    max: 256,
    example: 'npm install express-jwt@8 jwks-rsa',
  })
  readonly install!: string;

  @TextField({
    description:
      'The file, complete. Client id and secret for asking about revocations come from the environment.',
    max: 65_536,
    multiline: true,
  })
  readonly code!: string;

  @TextListField({
    description: 'What is good to know.',
    maxItems: 20,
    itemMax: 1024,
    example: ['The roles are claims.roles.'],
  })
  readonly notes!: readonly string[];
}
