import { choice, duration, secret } from '../../platform/settings/setting.js';
import { parseKeyEncryptionKey } from '../secrets.js';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.js';

/** The keys that sign tokens, and the one that seals those. */
export const keysSettings = {
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
  signingAlgorithm: choice('SIGNING_ALGORITHM', SIGNING_ALGORITHMS, {
    meaning:
      'Algorithm of new signing keys. A change takes effect by rotation: the present key signs until its successor was published long enough. Signatures of `RS256` and `PS256` take 426 bytes more of `ACCESS_TOKEN_MAX_SIZE`: whoever has a token that is nearly as large needs a larger one. `HS256` cannot be verified by others and needs the embedded database.',
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
};
