import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '../../support/process.js';
import type { Scratch } from './scratch.js';

const MAIN = join(import.meta.dirname, '../../../dist/src/main.js');
const READY_WITHIN_MS = 60_000;

export interface ReplicaOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Standard output becomes a pipe that nobody reads. */
  readonly unreadOutput?: boolean;
}

/** One process of Signet at a fixed port, which may be killed and started again. */
export class Replica {
  readonly log: string;
  private child: ChildProcess | undefined;
  private exiting: Promise<Exit> = Promise.resolve({ code: null, signal: null });

  constructor(
    private readonly scratch: Scratch,
    readonly name: string,
    readonly port: number,
    private readonly options: ReplicaOptions,
  ) {
    this.log = scratch.path(`log-of-${name}`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** How the process ended, once it has. */
  get exit(): Promise<Exit> {
    return this.exiting;
  }

  /** What it has logged so far, over all its starts. */
  get output(): string {
    return readFileSync(this.log, 'utf8');
  }

  start(): void {
    const log = openSync(this.log, 'a');
    const child = spawn(process.execPath, [...(this.options.nodeOptions ?? []), MAIN], {
      env: { PATH: process.env['PATH'] ?? '', PORT: String(this.port), ...this.options.env },
      stdio: ['ignore', this.options.unreadOutput === true ? 'pipe' : log, log],
    });
    this.scratch.keep(child);
    this.child = child;
    this.exiting = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      }),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (this.isRunning) this.signal(signal);
    return this.exiting;
  }

  async isReady(withinMs = 3000): Promise<boolean> {
    return fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(withinMs) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.ok;
      },
      () => false, // not listening, or not answering
    );
  }

  /** @throws Error with the end of its log when it does not become ready. */
  async ready(withinMs = READY_WITHIN_MS): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    while (!(await this.isReady())) {
      if (!this.isRunning || performance.now() > giveUpAt) {
        throw new Error(`${this.name} did not become ready:\n${this.output.slice(-3000)}`);
      }
      await sleep(30);
    }
  }

  /** Resident memory in MiB; undefined where there is no /proc. */
  get rss(): number | undefined {
    const status = this.proc((folder) => readFileSync(`${folder}/status`, 'utf8'));
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '');
    return match?.[1] === undefined ? undefined : Number(match[1]) / 1024;
  }

  /** Open file descriptors: connections above all. */
  get handles(): number | undefined {
    return this.proc((folder) => readdirSync(`${folder}/fd`).length);
  }

  private proc<T>(read: (folder: string) => T): T | undefined {
    try {
      return read(`/proc/${this.child?.pid ?? 0}`);
    } catch {
      return undefined; // no /proc, or the process is gone
    }
  }
}
