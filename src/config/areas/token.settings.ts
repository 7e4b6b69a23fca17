import { JsonSchema } from '../../platform/json-schema.js';
import { choice, duration, integer, parsed } from '../../platform/settings/setting.js';
import { parseAudiences, parseOrigins } from '../parsers.js';

/** What access tokens say and how long they hold. */
export const tokenSettings = {
  accessTokenTtl: duration('ACCESS_TOKEN_TTL', {
    meaning: 'Lifetime of an access token.',
    default: '10m',
    min: '1s',
    max: '24h',
  }),
  accessTokenMaxTtl: duration('ACCESS_TOKEN_MAX_TTL', {
    meaning:
      'Lifetime above which an access token is refused even when its signature is good. Lower it only after tokens that live longer have expired.',
    default: '1h',
    min: '1s',
    max: '24h',
  }),
  accessTokenNbf: choice('ACCESS_TOKEN_NBF', ['on', 'off'], {
    meaning: 'Whether access tokens say from when on they hold (`nbf`).',
    default: 'on',
  }),
  accessTokenMaxSize: integer('ACCESS_TOKEN_MAX_SIZE', {
    meaning: 'Bytes that an access token may have; issuing a larger one is refused.',
    default: 2048,
    min: 512,
    max: 8192,
  }),
  acceptedAudiences: parsed(
    'ACCEPTED_AUDIENCES',
    'list of identifiers, separated by commas',
    {
      meaning:
        "What `iss` and `aud` may be in tokens of Signet's own besides `ISSUER_URL`: what that was before, until the last token that says so has expired.",
      default: undefined,
    },
    parseAudiences,
  ),
  clockLeeway: duration('CLOCK_LEEWAY', {
    meaning:
      'Difference between clocks that is tolerated for `exp`, `nbf`, `iat` and, where a fresh token is asked for, `auth_time`.',
    default: '5s',
    min: '0s',
    max: '60s',
  }),
  freshnessMaxAge: duration('FRESHNESS_MAX_AGE', {
    meaning:
      'How long ago somebody may have proved who they are for what asks for a fresh token (see api-conventions.md), such as a change of roles or keys.',
    default: '10m',
    min: '10s',
    max: '24h',
  }),
  userClaimsSchema: parsed(
    'USER_CLAIMS_SCHEMA',
    'JSON Schema',
    {
      meaning:
        'What custom claims of users and service accounts must be: a JSON Schema (draft 2020-12, or draft-07 by its `$schema`), as text or in the file that `USER_CLAIMS_SCHEMA_FILE` names. Claims are checked when they are set. Default: anything within the limits of claims.md.',
      default: undefined,
    },
    (text) => JsonSchema.parse(text),
  ),
  clientJwksOrigins: parsed(
    'CLIENT_JWKS_ORIGINS',
    'list of origins, separated by commas',
    {
      meaning:
        'Origins from which Signet fetches the public keys of service accounts (`jwksUri`); `https` only, but for this machine outside production. Default: none, so that no request of anybody makes Signet call out.',
      default: [] as readonly string[],
    },
    parseOrigins,
  ),
};
