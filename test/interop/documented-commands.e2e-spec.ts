import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignetProcess, freePort } from '../support/process.js';

const ROOT = join(import.meta.dirname, '../..');
/** Inside the repository, as the documents say: its packages are found from there. */
const SCRATCH = join(ROOT, '.test-results');

// They take seconds; on a busy machine processes take longer.
jest.setTimeout(180_000);

/** The blocks of commands in a document, from a heading to the next one when it is given. */
function commandsIn(document: string, heading = ''): readonly string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const [part = ''] = heading === '' ? [text] : text.slice(text.indexOf(heading)).split('\n## ');
  return [...part.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** What the commands of one block printed, without the space around it. */
type Output = string;

/** Ends whatever is left of a shell and what it started. */
function endGroup(group: number | undefined): void {
  if (group === undefined) return; // it was never started
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // all of it has ended
  }
}

describe('the commands that are documented', () => {
  let folder: string;
  let ports: ReadonlyMap<string, number>;
  let signet: SignetProcess;
  let endShell = () => {};

  beforeEach(async () => {
    mkdirSync(SCRATCH, { recursive: true });
    folder = mkdtempSync(join(SCRATCH, 'commands-'));
    for (const name of ['node_modules', 'packages'])
      symlinkSync(join(ROOT, name), join(folder, name));
    ports = new Map([
      ['3000', await freePort()],
      ['4000', await freePort()],
    ]);
    // As `npm start` starts it, but for the port and the folder.
    signet = await new SignetProcess(ports.get('3000') ?? 0, {
      DATA_DIR: join(folder, 'data'),
    }).ready();
  });
  afterEach(async () => {
    endShell();
    await signet.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs blocks one after the other in one shell, which stops at the first command that fails. */
  async function run(blocks: readonly string[]): Promise<readonly Output[]> {
    const marker = '----- next block -----';
    const script = blocks
      .join(`\necho '${marker}'\n`)
      .replaceAll(/\b(?:3000|4000)\b/g, (port) => String(ports.get(port)));
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      detached: true, // a group of its own, with whatever it leaves in the background
      env: { PATH: process.env['PATH'], npm_config_update_notifier: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endShell = () => {
      endGroup(shell.pid);
    };
    const [out, errors] = [shell.stdout, shell.stderr].map((stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      return () => Buffer.concat(chunks).toString();
    });
    const closed = once(shell, 'close');
    const [code] = (await once(shell, 'exit')) as [number | null];
    endShell(); // what is left in the background keeps the output open
    await closed;
    expect({ code, errors: errors?.(), out: code === 0 ? '' : out?.() }).toEqual({
      code: 0,
      errors: '',
      out: '',
    });
    return (out?.() ?? '').split(marker).map((output) => output.trim());
  }

  it('in README.md set up, sign in, and revoke for good', async () => {
    // The restart before the last block is test/process.e2e-spec.ts's.
    const [first = '', again] = await run(commandsIn('README.md', '## The first five minutes'));
    const lines = first.split('\n');
    expect(lines.slice(0, 3).map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ username: 'ada', roles: ['admin'] }),
      expect.objectContaining({ username: 'grace', roles: ['editor'] }),
      expect.objectContaining({ identifier: 'https://billing.example.com' }),
    ]);
    expect(lines.slice(3)).toEqual(['403', '204', '401']);
    expect(again).toBe('401');
  });

  it('in docs/oauth.md get, show, revoke and exchange tokens', async () => {
    const [got, exchanged, acting] = await run(commandsIn('docs/oauth.md'));
    expect(got).toMatch(/^201\n[\w-]{36}\n\{"access_token":/);
    expect(got).toMatch(/aud: 'https:\/\/billing\.example\.com',.* scope: 'read'/s);
    expect(got).toMatch(/\n\{"active":true,.*\}\n200\n\{"active":false\}$/s);
    expect(exchanged).toMatch(/client_id: 'signet',.* scope: 'read'.*\}\n401$/s);
    expect(acting).toMatch(/^acts-for-people\n200\n.* act: \{/s);
  });

  it('in docs/for-consumers.md protect a service, and try whether it is', async () => {
    const outputs = await run(commandsIn('docs/for-consumers.md'));
    const [registered, , python, called, acting, revoked, probed, tests, encrypted] = outputs;
    expect(outputs).toHaveLength(9);
    expect(registered).toBe("201\n[ 'read', 'refund' ]\n[ 'read' ]");
    expect(python).toMatch(/^pip install .*\n(?:.*\n)*.*SIGNET_CLIENT_ID/);
    expect(readFileSync(join(folder, 'data/billing/signet_auth.py'), 'utf8')).toContain(
      'import jwt',
    );
    expect(called?.match(/ \d{3}$/gm)).toEqual([' 200', ' 403', ' 200', ' 401']);
    expect(acting).toMatch(
      /^acts-for-people\n200\n\[ 'read' \]\n.*aud: 'https:\/\/ledger.* act: \{/s,
    );
    expect(revoked?.match(/ ?\d{3}$/gm)).toEqual([' 200', '200', ' 401']);
    expect(revoked).toMatch(/\n\{"allowed":true,.*$/);
    expect(probed).toMatch(/^ok +revoked .*\n(?:.*\n)*.* 0 failed, 0 known gaps, /m);
    expect(tests).toMatch(/fail 0/);
    expect(encrypted).toMatch(/^billing-1\n\s*5\n\{"for":"[\w-]{36}"\} 200$/);
  });
});
