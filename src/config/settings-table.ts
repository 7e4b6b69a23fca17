import { parseDatabaseUrl } from '../platform/database/database-address.js';
import { JsonSchema } from '../platform/json-schema.js';
import { choice, duration, integer, parsed, secret, text } from '../platform/settings/setting.js';
import {
  UNSAFE_METHODS,
  parseCookieDomain,
  parseCookieName,
  parseCookiePath,
  parseCsrfHeader,
  parseCsrfMethods,
  parseRefreshPath,
  parseTokenLocations,
} from './cookie-settings.js';
import type { TokenLocation } from './cookie-settings.js';
import { parseAudiences, parseHttpUrl, parseOrigins, parseTrustProxy } from './parsers.js';
import { parseKeyEncryptionKey, parseSetupToken } from './secrets.js';
import { SIGNING_ALGORITHMS } from './signing-algorithm.js';

/**
 * Every setting of Signet, declared once. `docs/configuration.md` is generated from this table, and
 * nothing else reads the environment.
 */
export const settingsTable = {
  mode: choice('NODE_ENV', ['development', 'test', 'production'], {
    meaning: 'In `production` nothing that protects others has a default.',
    default: 'development',
  }),
  host: text('HOST', { meaning: 'Address to listen on.', default: '127.0.0.1' }),
  port: integer('PORT', {
    meaning: 'Port to listen on; 0 takes a free one.',
    default: 3000,
    min: 0,
    max: 65535,
  }),
  issuer: parsed(
    'ISSUER_URL',
    'http or https URL',
    {
      meaning:
        'The `iss` of every token and the address under which others reach Signet. Default: `http://HOST:PORT`.',
      default: undefined,
      requiredInProduction: true,
    },
    parseHttpUrl,
  ),
  dataDir: text('DATA_DIR', {
    meaning:
      'Folder of the embedded database, the generated key-encryption key and the set-up token.',
    default: './data',
  }),
  databaseUrl: parsed(
    'DATABASE_URL',
    '`sqlite:FILE`, `mariadb://user:password@host:port/name` or `mysql://...`',
    {
      meaning: 'The database. Default: `sqlite:DATA_DIR/signet.db`, unless `DATABASE_TYPE` is set.',
      default: undefined,
      secret: true,
    },
    parseDatabaseUrl,
  ),
  databaseType: choice('DATABASE_TYPE', ['mariadb', 'mysql'], {
    meaning:
      'Kind of server, when the database is given by separate settings instead of `DATABASE_URL`.',
    default: undefined,
  }),
  databaseHost: text('DATABASE_HOST', {
    meaning: 'Host of the database server.',
    default: '127.0.0.1',
  }),
  databasePort: integer('DATABASE_PORT', {
    meaning: 'Port of the database server.',
    default: 3306,
    min: 1,
    max: 65535,
  }),
  databaseName: text('DATABASE_NAME', {
    meaning: 'Name of the database (schema).',
    default: 'signet',
  }),
  databaseUser: text('DATABASE_USER', {
    meaning: 'User at the database server.',
    default: 'signet',
  }),
  databasePassword: secret(
    'DATABASE_PASSWORD',
    { meaning: 'Password at the database server.' },
    (value) => value,
  ),
  databasePoolSize: integer('DATABASE_POOL_SIZE', {
    meaning: 'Connections that one replica opens at the most.',
    default: 10,
    min: 2,
    max: 200,
  }),
  keyEncryptionKey: secret(
    'KEY_ENCRYPTION_KEY',
    {
      meaning:
        '32 random bytes (base64 or hex) that encrypt the signing keys at rest; the same on all replicas. Outside production one is generated in `DATA_DIR`.',
      requiredInProduction: true,
    },
    parseKeyEncryptionKey,
  ),
  otherKeyEncryptionKeys: secret(
    'KEY_ENCRYPTION_KEYS_OTHER',
    {
      meaning:
        'More key-encryption keys, separated by commas, that stored keys may be sealed with: the next or the last one while `KEY_ENCRYPTION_KEY` is being changed (see operations.md).',
    },
    (text) => text.split(',').map((key) => parseKeyEncryptionKey(key.trim())),
  ),
  setupToken: secret(
    'SETUP_TOKEN',
    {
      meaning:
        'Token for `POST /v1/setup`. Outside production one is generated in `DATA_DIR` and printed; in production set-up stays closed without it.',
    },
    parseSetupToken,
  ),
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
  acceptedAudiences: parsed(
    'ACCEPTED_AUDIENCES',
    'list of identifiers, separated by commas',
    {
      meaning:
        "What `aud` may be in tokens for Signet's own API. More than `ISSUER_URL` only while that is being changed. Default: `ISSUER_URL`.",
      default: undefined,
    },
    parseAudiences,
  ),
  signingAlgorithm: choice('SIGNING_ALGORITHM', SIGNING_ALGORITHMS, {
    meaning:
      'Algorithm of new signing keys. A change takes effect by rotation: the present key signs until its successor was published long enough. `HS256` cannot be verified by others and needs the embedded database.',
    default: 'ES256',
  }),
  keyRotationInterval: duration('KEY_ROTATION_INTERVAL', {
    meaning:
      'A signing key that has signed for this long is replaced; `0s` leaves it to `POST /v1/keys/rotate`.',
    default: '30d',
    min: '0s',
    max: '730d',
  }),
  jwksMaxAge: duration('JWKS_MAX_AGE', {
    meaning:
      'How long consumers may keep the public keys. A new key is published this long before it signs.',
    default: '5m',
    min: '1s',
    max: '24h',
  }),
  accessTokenMaxSize: integer('ACCESS_TOKEN_MAX_SIZE', {
    meaning: 'Bytes that an access token may have; issuing a larger one is refused.',
    default: 2048,
    min: 512,
    max: 8192,
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
  refreshIdleTtl: duration('REFRESH_TOKEN_IDLE_TTL', {
    meaning: 'A session ends when it was not refreshed for this long.',
    default: '14d',
    min: '1s',
    max: '365d',
  }),
  refreshMaxTtl: duration('REFRESH_TOKEN_MAX_TTL', {
    meaning: 'A session ends this long after sign-in, however often it is refreshed.',
    default: '90d',
    min: '1s',
    max: '730d',
  }),
  refreshGrace: duration('REFRESH_GRACE', {
    meaning:
      'How long the refresh token before the current one still yields the same successor (lost answers, parallel tabs). Past it, its use counts as theft.',
    default: '20s',
    min: '0s',
    max: '30s',
  }),
  maxSessionsPerUser: integer('MAX_SESSIONS_PER_USER', {
    meaning: 'Live sessions of one user; a sign-in beyond that ends the one used least recently.',
    default: 50,
    min: 1,
    max: 10000,
  }),
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
  revocationMaxStaleness: duration('REVOCATION_MAX_STALENESS', {
    meaning:
      'The bound: within it every replica refuses what another one revoked. A replica that cannot keep it answers 503.',
    default: '2s',
    min: '200ms',
    max: '60s',
  }),
  revocationPollInterval: duration('REVOCATION_POLL_INTERVAL', {
    meaning:
      'How often a replica asks for new revocations; at most half of `REVOCATION_MAX_STALENESS`.',
    default: '500ms',
    min: '20ms',
    max: '30s',
  }),
  revocationFailOpen: choice('REVOCATION_FAIL_OPEN', ['on', 'off'], {
    meaning:
      'When `on`, a replica whose index is stale goes on serving with what it knows. Breaks the promise; think twice.',
    default: 'off',
  }),
  statusLists: choice('STATUS_LISTS', ['on', 'off'], {
    meaning:
      'Whether tokens say where their status is, and the lists are served with which others refuse revoked tokens by themselves (see for-consumers.md).',
    default: 'on',
  }),
  statusListTtl: duration('STATUS_LIST_TTL', {
    meaning: 'How long others may keep a status list before they ask for a newer one.',
    default: '5s',
    min: '1s',
    max: '1h',
  }),
  statusListLifetime: duration('STATUS_LIST_LIFETIME', {
    meaning:
      'When a status list expires (`exp`): past it, nobody may go by it. At least four times `STATUS_LIST_TTL`.',
    default: '1m',
    min: '4s',
    max: '24h',
  }),
  passwordMinLength: integer('PASSWORD_MIN_LENGTH', {
    meaning: 'Code points that a password needs.',
    default: 15,
    min: 8,
    max: 64,
  }),
  passwordMaxLength: integer('PASSWORD_MAX_LENGTH', {
    meaning: 'Code points that a password may have.',
    default: 128,
    min: 64,
    max: 512,
  }),
  argon2Memory: integer('ARGON2_MEMORY', {
    meaning:
      'Memory of one argon2id hash, in KiB. Raising it re-hashes each password at its next sign-in.',
    default: 19456,
    min: 19456,
    max: 262144,
  }),
  argon2Passes: integer('ARGON2_PASSES', {
    meaning: 'Passes of argon2id.',
    default: 2,
    min: 2,
    max: 10,
  }),
  argon2Parallelism: integer('ARGON2_PARALLELISM', {
    meaning: 'Lanes of argon2id.',
    default: 1,
    min: 1,
    max: 4,
  }),
  hashConcurrency: integer('HASH_CONCURRENCY', {
    meaning:
      'Password hashes computed at once. More than there are cores is slower, and the thread pool (4) needs room for others. Default: the cores, at most 2.',
    default: undefined,
    min: 1,
    max: 32,
  }),
  hashQueueLength: integer('HASH_QUEUE_LENGTH', {
    meaning: 'Password checks that may wait for their turn; beyond that the answer is a quick 503.',
    default: 64,
    min: 0,
    max: 10000,
  }),
  hashQueueTimeout: duration('HASH_QUEUE_TIMEOUT', {
    meaning: 'How long a password check may wait for its turn.',
    default: '2s',
    min: '100ms',
    max: '30s',
  }),
  loginPairAttempts: integer('LOGIN_ATTEMPTS_PER_PAIR', {
    meaning: 'Failed sign-ins of one account from one source in `LOGIN_WINDOW`.',
    default: 10,
    min: 1,
    max: 100000,
  }),
  loginAccountAttempts: integer('LOGIN_ATTEMPTS_PER_ACCOUNT', {
    meaning:
      "Failed sign-ins of one account from all sources in `LOGIN_WINDOW`. Sources of the account's own sessions are exempt, so its owner is not locked out.",
    default: 50,
    min: 1,
    max: 100000,
  }),
  loginSourceAttempts: integer('LOGIN_ATTEMPTS_PER_SOURCE', {
    meaning:
      'Failed sign-ins from one source (IPv4 address, IPv6 /64) in `LOGIN_WINDOW`, whatever the account.',
    default: 100,
    min: 1,
    max: 1000000,
  }),
  loginWindow: duration('LOGIN_WINDOW', {
    meaning: 'The window in which failed sign-ins are counted.',
    default: '15m',
    min: '1s',
    max: '24h',
  }),
  trustProxy: parsed(
    'TRUST_PROXY',
    'number of proxies, or a list of addresses and networks',
    {
      meaning:
        "Whose `X-Forwarded-For` is believed. Default: nobody's. `true` is refused, since then every client names its own address.",
      default: undefined,
    },
    parseTrustProxy,
  ),
  corsOrigins: parsed(
    'CORS_ORIGINS',
    'list of origins, separated by commas',
    {
      meaning:
        'Origins whose scripts may call the API from a browser, with the cookies of a sign-in when those are on. Default: none.',
      default: [] as readonly string[],
    },
    parseOrigins,
  ),
  tokenLocations: parsed(
    'TOKEN_LOCATIONS',
    'list of `header` and `cookie`',
    {
      meaning:
        'Where access tokens are taken from. `cookie` is on since it harms nobody who does not ask for it: only a sign-in with `"transport": "cookie"` sets cookies, and they never act without a CSRF token.',
      default: ['header', 'cookie'] as readonly TokenLocation[],
      defaultText: 'header,cookie',
    },
    parseTokenLocations,
  ),
  cookieAccessName: parsed(
    'COOKIE_ACCESS_NAME',
    'name of a cookie',
    {
      meaning:
        'Cookie of the access token. Default: `__Host-signet_at`, or `__Secure-signet_at` when `COOKIE_DOMAIN` or `COOKIE_PATH` is set.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieRefreshName: parsed(
    'COOKIE_REFRESH_NAME',
    'name of a cookie',
    {
      meaning: 'Cookie of the refresh token. Default: `__Secure-signet_rt`.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieCsrfName: parsed(
    'COOKIE_CSRF_NAME',
    'name of a cookie',
    {
      meaning:
        'Cookie of the CSRF token, readable for scripts. Default: `__Host-signet_csrf`, or `__Secure-signet_csrf` when `COOKIE_DOMAIN` is set.',
      default: undefined,
    },
    parseCookieName,
  ),
  cookieDomain: parsed(
    'COOKIE_DOMAIN',
    'domain',
    {
      meaning:
        'Domain whose hosts all get the cookies, and all can set them; `__Host-` is impossible then. Default: the host of Signet alone.',
      default: undefined,
    },
    parseCookieDomain,
  ),
  cookiePath: parsed(
    'COOKIE_PATH',
    'path',
    {
      meaning:
        'Path, as browsers see it, below which they send the access token. Other than `/`, `__Host-` is impossible.',
      default: '/',
      defaultText: '/',
    },
    parseCookiePath,
  ),
  cookieRefreshPath: parsed(
    'COOKIE_REFRESH_PATH',
    'path',
    {
      meaning:
        'Path, as browsers see it, of `POST /v1/auth/refresh`, where alone they send the refresh token. Set it when a proxy maps paths. Default: below the path of `ISSUER_URL`.',
      default: undefined,
    },
    parseRefreshPath,
  ),
  cookieSameSite: choice('COOKIE_SAMESITE', ['strict', 'lax'], {
    meaning:
      '`SameSite` of all cookies. `lax` sends them along when a link of another site opens a page, too. There is no `none`: it would send them from every site.',
    default: 'strict',
  }),
  cookieLifetime: choice('COOKIE_LIFETIME', ['session', 'token'], {
    meaning:
      'Whether cookies end with the browser (`session`) or with the token they hold (`token`, by `Max-Age`).',
    default: 'session',
  }),
  csrfHeader: parsed(
    'CSRF_HEADER',
    'name of a header, beginning with `X-`',
    {
      meaning: 'Header in which pages send the CSRF token.',
      default: 'X-CSRF-Token',
      defaultText: 'X-CSRF-Token',
    },
    parseCsrfHeader,
  ),
  csrfMethods: parsed(
    'CSRF_METHODS',
    'list of methods',
    {
      meaning:
        'Methods that need the CSRF token when a cookie authenticates. `GET` and `HEAD` can be added; none can be left out.',
      default: UNSAFE_METHODS,
      defaultText: UNSAFE_METHODS.join(','),
    },
    parseCsrfMethods,
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
  bodyLimit: integer('BODY_LIMIT', {
    meaning: 'Bytes that a request body may have.',
    default: 102400,
    min: 1024,
    max: 10485760,
  }),
  requestTimeout: duration('REQUEST_TIMEOUT', {
    meaning: 'How long a request may take to arrive.',
    default: '15s',
    min: '1s',
    max: '5m',
  }),
  keepAliveTimeout: duration('KEEP_ALIVE_TIMEOUT', {
    meaning: "How long an idle connection stays open; keep it above the proxy's.",
    default: '72s',
    min: '1s',
    max: '1h',
  }),
  shutdownDelay: duration('SHUTDOWN_DELAY', {
    meaning:
      'After SIGTERM: how long requests are still accepted while `/health/ready` already says 503, so that load balancers notice.',
    default: '2s',
    min: '0s',
    max: '5m',
  }),
  shutdownTimeout: duration('SHUTDOWN_TIMEOUT', {
    meaning: 'After SIGTERM: when to give up on requests that do not end.',
    default: '20s',
    min: '1s',
    max: '10m',
  }),
  swagger: choice('SWAGGER', ['on', 'off'], {
    meaning:
      'Serve Swagger UI at `/docs` and the document at `/openapi.json`. Default: on, except in production.',
    default: undefined,
  }),
  metricsToken: secret(
    'METRICS_TOKEN',
    {
      meaning:
        'Bearer token for `GET /metrics`. Without it only direct connections from this machine are answered.',
    },
    parseSetupToken,
  ),
  logLevel: choice('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    meaning: 'Least severe level that is logged.',
    default: 'info',
  }),
} as const;
