import {
  choice,
  duration,
  integer,
  parsed,
  secret,
  text,
} from '../../platform/settings/setting.js';
import { parseHttpUrl, parseTrustProxy } from '../parsers.js';
import { parseSetupToken } from '../secrets.js';

/** What the process listens on, how long it waits, and what it tells about itself. */
export const serverSettings = {
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
  answerTimeout: duration('ANSWER_TIMEOUT', {
    meaning:
      'How long a request is worked on, once it has arrived, until its client is told 503. What was begun may still be done.',
    default: '5s',
    min: '100ms',
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
};
