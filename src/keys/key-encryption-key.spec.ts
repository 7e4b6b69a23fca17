import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/settings.js';
import { keyEncryptionKey } from './key-encryption-key.js';

const CONFIGURED = 'mV1nbFq0pXz7s5ZcGd2hTj9uYkRw3aLe8oBxQ4iCfDE=';

describe('the key-encryption key', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-kek-'));
    file = join(folder, 'key-encryption-key');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const keyWith = (env = {}) => keyEncryptionKey(loadSettings({ DATA_DIR: folder, ...env }));

  it('is made once and kept in the data folder', () => {
    const key = keyWith();
    expect(key).toHaveLength(32);
    expect(keyWith()).toEqual(key);
  });

  it('is the configured one when there is one', () => {
    expect(keyWith({ KEY_ENCRYPTION_KEY: CONFIGURED })).toEqual(Buffer.from(CONFIGURED, 'base64'));
  });

  it.each(['', 'changeme', CONFIGURED.slice(0, 20)])(
    'stops the start when its file holds %j',
    (content) => {
      writeFileSync(file, content, { mode: 0o600 });
      expect(() => keyWith()).toThrow('must be 32 random bytes');
    },
  );

  it('stops the start when others can read its file, naming the file and not the key', () => {
    writeFileSync(file, CONFIGURED, { mode: 0o644 });
    expect(() => keyWith()).toThrow(`chmod 600 ${file}`);
    expect(() => keyWith()).not.toThrow(CONFIGURED);
  });
});
