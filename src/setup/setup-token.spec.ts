import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/settings.js';
import { SetupToken } from './setup-token.js';

const CONFIGURED = 'k3Jx9-Qw7Lm2-Zt5Vb8-Rn4';
const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER_URL: 'https://id.example.com',
  DATABASE_URL: 'mariadb://signet:pw@db.example.com/signet',
  KEY_ENCRYPTION_KEY: 'mV1nbFq0pXz7s5ZcGd2hTj9uYkRw3aLe8oBxQ4iCfDE=',
};

describe('the set-up token', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-setup-'));
    file = join(folder, 'setup-token');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const tokenWith = (env: Readonly<Record<string, string>> = {}) =>
    new SetupToken(loadSettings({ DATA_DIR: folder, ...env }));

  it('is made once, for its owner to read, and is the same after a restart', () => {
    const generated = tokenWith().generated() ?? '';
    expect(generated).toMatch(/^[\w-]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(tokenWith().generated()).toBe(generated);
    expect(tokenWith().matches(generated)).toBe(true);
  });

  it('is the configured one when there is one, and is then neither made nor printed', () => {
    const token = tokenWith({ SETUP_TOKEN: CONFIGURED });
    expect(token.generated()).toBeUndefined();
    expect(token.exists).toBe(true);
    expect(token.matches(CONFIGURED)).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    '',
    CONFIGURED.slice(1),
    `${CONFIGURED} `,
    CONFIGURED.toLowerCase(),
    'x'.repeat(10_000),
  ])('is not %j', (presented) => {
    expect(tokenWith({ SETUP_TOKEN: CONFIGURED }).matches(presented)).toBe(false);
    expect(tokenWith().matches(presented)).toBe(false);
  });

  it('does not exist in production unless it is configured: nothing matches, nothing is made', () => {
    const token = tokenWith(PRODUCTION);
    expect(token.exists).toBe(false);
    expect(token.generated()).toBeUndefined();
    for (const presented of ['', 'undefined', CONFIGURED])
      expect(token.matches(presented)).toBe(false);
    expect(existsSync(file)).toBe(false);
    expect(tokenWith({ ...PRODUCTION, SETUP_TOKEN: CONFIGURED }).matches(CONFIGURED)).toBe(true);
  });

  it('is gone when it is discarded, also when it was never made', () => {
    const token = tokenWith();
    token.discard();
    token.generated();
    token.discard();
    expect(existsSync(file)).toBe(false);
  });
});
