import { choice, duration, secret } from '../../platform/settings/setting.js';
import { parseRedisUrl } from '../parsers.js';

/** How soon what was revoked is refused, here and at consumers. */
export const revocationSettings = {
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
  redisUrl: secret(
    'REDIS_URL',
    {
      meaning:
        'A Redis (6 or later) by which replicas tell each other of revocations, as `redis://user:password@host:port` or `rediss://...`, so that these hold everywhere at once. Only a shortcut: the bound holds without it. Default: none.',
    },
    parseRedisUrl,
  ),
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
};
