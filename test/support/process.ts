import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What is built by `npm run build`; the tests of the process run it as a user would. */
const MAIN = join(import.meta.dirname, '../../build/signet/main.js');
const FINISH_RESTORE = join(import.meta.dirname, '../../build/signet/finish-restore.js');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A free port of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Signet as a process of its own. */
export class SignetProcess {
  output = '';
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;

  constructor(
    readonly port: number,
    env: Readonly<Record<string, string>>,
    { readsOutput = true } = {},
  ) {
    this.child = spawn(process.execPath, [MAIN], {
      // Nothing of this test run's own environment but the way to Node.
      env: { PATH: process.env['PATH'] ?? '', PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer) => (this.output += chunk.toString());
    if (readsOutput) this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    this.exit = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        resolve({ code, signal });
      }),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves when the process says that it is ready. @throws Error with its output when it does not. */
  async ready(withinMs = 20_000): Promise<this> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline && this.child.exitCode === null) {
      const ready = await fetch(`${this.url}/health/ready`).then(
        (answer) => answer.ok,
        () => false, // not listening yet
      );
      if (ready) return this;
      await sleep(50);
    }
    throw new Error(`Signet did not become ready:\n${this.output}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Exit> {
    this.signal(signal);
    return this.exit;
  }

  async post(path: string, body: unknown, token?: string): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  }

  async get(path: string, token?: string): Promise<Response> {
    return fetch(
      this.url + path,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
  }
}

/** What `npm run finish-restore` says. @throws Error when it fails. */
export async function finishRestore(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [FINISH_RESTORE, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  return stdout;
}

/** A folder that is removed by `remove`. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'signet-process-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
