import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const PACKAGE = join(import.meta.dirname, '..');

describe('the example', () => {
  // It imports the package by its name, as its users do, and so runs what was built.
  it('runs as the README says', async () => {
    expect(existsSync(join(PACKAGE, 'dist'))).toBe(true); // otherwise: npm run build --workspaces
    const { stdout } = await promisify(execFile)(process.execPath, ['examples/try-it.mjs'], {
      cwd: PACKAGE,
      timeout: 20_000,
    });
    expect(stdout.split('\n')).toEqual([
      '  refused: CredentialsMissing',
      'without a token: 401',
      '  Bearer realm="signet"',
      'with a token: 200',
      '  refused: insufficient_scope',
      'without the scope: 403',
      '  Bearer realm="signet", error="insufficient_scope", scope="refund"',
      '  refused: bad_signature',
      'changed on the way: 401',
      '  Bearer realm="signet", error="invalid_token"',
      'for everybody: 200',
      '',
    ]);
  });
});
