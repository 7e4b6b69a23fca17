import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { finishRestore } from '../../support/process.js';
import type { Exit } from '../../support/process.js';
import { openHandlesOf } from './open-handles.js';
import type { OpenHandles } from './open-handles.js';
import type { Scratch } from './scratch.js';

const MAIN = join(import.meta.dirname, '../../../build/signet/main.js');
const LIVE_MEMORY = join(import.meta.dirname, 'live-memory.mjs');
const COLLECTED_WITHIN_MS = 10_000;
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
  private readonly memoryFile: string;
  private child: ChildProcess | undefined;
  private exiting: Promise<Exit> = Promise.resolve({ code: null, signal: null });

  constructor(
    private readonly scratch: Scratch,
    readonly name: string,
    readonly port: number,
    private readonly options: ReplicaOptions,
  ) {
    this.log = scratch.path(`log-of-${name}`);
    this.memoryFile = scratch.path(`memory-of-${name}`);
  }

  get url(): string {
    const { HOST: host = '127.0.0.1' } = this.options.env;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** How the process ended, once it has. */
  get exit(): Promise<Exit> {
    return this.exiting;
  }

  /** Connections that it may have made at the most: its pool, the one that watches, and those to the bus. */
  get connectionsMax(): number {
    const { DATABASE_URL: database, DATABASE_POOL_SIZE: size, REDIS_URL: bus } = this.options.env;
    const toDatabase = database?.startsWith('sqlite:') === true ? 0 : Number(size ?? 10) + 1;
    return toDatabase + (bus === undefined ? 0 : 2);
  }

  /** Runs `npm run finish-restore` with this replica's settings. */
  finishRestore(): Promise<string> {
    return finishRestore(this.options.env);
  }

  /** What it has logged so far, over all its starts. */
  get output(): string {
    return readFileSync(this.log, 'utf8');
  }

  start(): void {
    const log = openSync(this.log, 'a');
    const options = ['--expose-gc', `--import=${LIVE_MEMORY}`, ...(this.options.nodeOptions ?? [])];
    const child = spawn(process.execPath, [...options, MAIN], {
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: String(this.port),
        FAULTS_MEMORY_FILE: this.memoryFile,
        ...this.options.env,
      },
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

  /** What is left once all garbage is collected, in MiB. @throws Error when it is not told. */
  async liveMemory(): Promise<number> {
    rmSync(this.memoryFile, { force: true });
    this.signal('SIGUSR2');
    const giveUpAt = performance.now() + COLLECTED_WITHIN_MS;
    while (!existsSync(this.memoryFile)) {
      if (!this.isRunning || performance.now() > giveUpAt)
        throw new Error(`${this.name} does not say what it keeps in memory`);
      await sleep(10);
    }
    return Number(readFileSync(this.memoryFile, 'utf8')) / 2 ** 20;
  }

  /** Of the process that runs now: it changes with each start. */
  get pid(): number | undefined {
    return this.isRunning ? this.child?.pid : undefined;
  }

  /** The same, by what they are for. */
  get openHandles(): OpenHandles | undefined {
    return this.pid === undefined ? undefined : openHandlesOf(this.pid, this.port);
  }

  private proc<T>(read: (folder: string) => T): T | undefined {
    try {
      return read(`/proc/${this.child?.pid ?? 0}`);
    } catch {
      return undefined; // no /proc, or the process is gone
    }
  }
}
