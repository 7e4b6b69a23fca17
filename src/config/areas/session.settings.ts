import { duration, integer } from '../../platform/settings/setting.js';

/** How long a session lasts and how it is kept up. */
export const sessionSettings = {
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
};
