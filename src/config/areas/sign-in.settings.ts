import { duration, integer, secret } from '../../platform/settings/setting.js';
import { parseSetupToken } from '../secrets.js';

/** Who may sign in, how dear a guess is, and how many there are. */
export const signInSettings = {
  setupToken: secret(
    'SETUP_TOKEN',
    {
      meaning:
        'Token for `POST /v1/setup`. Outside production one is generated in `DATA_DIR` and printed; in production set-up stays closed without it.',
    },
    parseSetupToken,
  ),
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
    default: '1s',
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
};
