import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseKeyEncryptionKey } from '../config/secrets.js';
import type { Settings } from '../config/settings.js';
import { secretFile } from '../platform/secret-file.js';

/**
 * The key-encryption key: the configured one, or the one that was generated in the data folder.
 * Production has no generated one, since a second replica could not know it.
 */
export function keyEncryptionKey(settings: Settings): Buffer {
  if (settings.keyEncryptionKey !== undefined) return settings.keyEncryptionKey;
  const file = join(settings.dataDir, 'key-encryption-key');
  return parseKeyEncryptionKey(secretFile(file, () => randomBytes(32).toString('base64')));
}
