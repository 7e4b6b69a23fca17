import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's, since its packages are what the libraries come from; another one on the path lacks them. */
const PYTHON = '/usr/bin/python3';
const HARNESSES = join(import.meta.dirname, 'consumers');
/** Lets Node run what is printed in TypeScript. */
const TYPESCRIPT = join(import.meta.dirname, '../../scripts/typescript.mjs');

/** A library, the program that uses it, and what it is known not to do. */
export interface Library {
  /** The name in `consumer-config?for=`. */
  readonly name: string;
  readonly harness: string;
  /** Algorithms that the library does not know. */
  readonly unknown?: readonly string[];
}

export const FLASK: Library = { name: 'flask-jwt-extended', harness: 'flask_app.py' };

export const LIBRARIES: readonly Library[] = [
  { name: 'express-jwt', harness: 'express-jwt.mjs' },
  { name: 'jose', harness: 'jose.mjs' },
  FLASK,
  { name: 'python-jose', harness: 'functions.py', unknown: ['PS256'] },
  { name: 'pyjwt', harness: 'functions.py' },
  { name: 'express', harness: 'verifier-express.mjs' },
  { name: 'fastify', harness: 'verifier-fastify.mjs' },
  { name: 'nest', harness: 'verifier-nest.mjs' },
];

/** A program that decodes tokens and checks nothing. */
export const WEAK: Library = { name: 'weak', harness: 'weak.mjs' };

/** A service that takes tokens by means of a library, in a process of its own. */
export class Consumer {
  private readonly answers: AsyncIterator<string>;

  private constructor(
    private readonly child: ChildProcess,
    lines: AsyncIterable<string>,
    private readonly errors: readonly string[],
  ) {
    this.answers = lines[Symbol.asyncIterator]();
  }

  /** Starts the program with the configuration that Signet printed for it, as a file. */
  static async start(
    library: Library,
    config: { readonly filename: string; readonly code: string },
    folder: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Consumer> {
    const file = join(folder, `${library.name}-${config.filename}`);
    writeFileSync(file, config.code);
    const harness = join(HARNESSES, library.harness);
    const program = library.harness.endsWith('.py') ? PYTHON : process.execPath;
    const options = file.endsWith('.ts') ? ['--import', TYPESCRIPT] : [];
    const child = spawn(program, [...options, harness, file], {
      env: { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const consumer = new Consumer(child, createInterface({ input: child.stdout }), errors);
    const first = await consumer.next();
    if (first !== 'ready') throw new Error(`${library.name} did not start: ${errors.join('')}`);
    return consumer;
  }

  /** The status that the service answers `GET /read` with; it is for whoever may `read`. */
  async statusOf(token: string): Promise<number> {
    return (await this.ask({ token })).status;
  }

  /** What comes of a request without a token, of Flask's consumer: the status, and what the view was run for. */
  async withoutToken(method: string): Promise<{ status: number; runs: readonly string[] }> {
    const { status, runs = [] } = await this.ask({ method });
    return { status, runs };
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    const giveUp = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
    clearTimeout(giveUp);
  }

  private async ask(sent: object): Promise<{ status: number; runs?: readonly string[] }> {
    this.child.stdin?.write(`${JSON.stringify(sent)}\n`);
    const line = await this.next();
    if (line === undefined) throw new Error(`The program ended: ${this.errors.join('')}`);
    return JSON.parse(line) as { status: number; runs?: readonly string[] };
  }

  private async next(): Promise<string | undefined> {
    const line = await this.answers.next();
    return line.done === true ? undefined : line.value;
  }
}
