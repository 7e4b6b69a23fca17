import { IntegerField } from '../../platform/http/fields.js';

const count = (description: string, example: number) =>
  IntegerField({ description, min: 0, max: Number.MAX_SAFE_INTEGER, example });

/** What an act would touch, had it been done. */
export class Impact {
  @count('Live sessions whose tokens would be refused, those that would end among them.', 3)
  readonly sessions!: number;

  @count('Of these sessions, those that would end: their people have to sign in again.', 3)
  readonly sessionsEnded!: number;

  @count(
    'Access tokens that would be refused. An estimate, since tokens are not stored: one for each of the sessions that had a token, and for each credential of a service account that was used, within the longest life of a token. Tokens that have expired or were refused before may be among them; of several that one session or credential has, one is counted.',
    2,
  )
  readonly tokens!: number;

  @count('People whose tokens would be refused. Whose a single token is, is not known here.', 1)
  readonly people!: number;

  @count('Service accounts whose tokens would be refused.', 0)
  readonly serviceAccounts!: number;

  @count(
    'Resources that they own, or for which they have a grant that has not ended, of their own or by a role.',
    4,
  )
  readonly resources!: number;
}

/** Nothing. */
export const NO_IMPACT: Impact = {
  sessions: 0,
  sessionsEnded: 0,
  tokens: 0,
  people: 0,
  serviceAccounts: 0,
  resources: 0,
};
