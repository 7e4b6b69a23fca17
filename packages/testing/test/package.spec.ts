import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { USAGE } from '../src/cli/usage.js';

const PACKAGE = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Every script that is published, with its text. */
function published(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(join(PACKAGE, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => [name, readFileSync(join(PACKAGE, folder, name), 'utf8')]);
}

/** What a script imports, but for its neighbours and Node itself. */
function packagesIn(script: string): readonly string[] {
  const imports = [
    ...script.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|^import '([^']+)'/gm),
  ];
  return imports
    .map(([, from, bare]) => from ?? bare ?? '')
    .filter((name) => !/^(?:\.{1,2}\/|node:)/.test(name));
}

/** The package as it is published; `npm run build --workspace @signet/testing` has made it. */
describe('the package', () => {
  it('takes along what mints of the server, and nothing that needs a database or a framework', () => {
    const server = published('dist/src');
    expect(server.map(([name]) => name)).toContain('tokens/mint.js');
    expect(new Set(server.flatMap(([, script]) => packagesIn(script)))).toEqual(new Set(['jose']));
  });

  it('needs what it declares', () => {
    const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const imported = published('dist').flatMap(([, script]) => packagesIn(script));
    expect(new Set(imported)).toEqual(new Set(Object.keys(dependencies)));
  });

  it('has no tests in it', () => {
    expect(published('dist').filter(([name]) => name.includes('.spec.'))).toEqual([]);
  });

  it('runs its example', async () => {
    const file = join(PACKAGE, 'examples/notes-service.test.mjs');
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file]);
    expect(stdout).toMatch(/^# pass 6$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  it('has a command that explains itself, and tells by its exit code when it could not run', async () => {
    const command = join(PACKAGE, 'bin/signet-probe.mjs');
    expect((await run(command, ['--help'])).stdout).toBe(`${USAGE}\n`);
    await expect(run(command, [])).rejects.toMatchObject({ code: 2 });
  });
});
