import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../scripts/mariadb.mjs';
import { freePort } from './process.js';

const START_TIMEOUT_MS = 20_000;

/**
 * The server must not outlive the tests, not even when they are killed: this shell ends it when the
 * operating system closes the shell's input with our process.
 */
const KEEPER = `
"$@" < /dev/null > /dev/null 2>&1 & server=$!
echo $server
read -r _
kill -KILL $server
`;

/** A Redis of our own that asks for a password, and may be killed, stopped and started again. */
export class RedisServer {
  readonly password = randomBytes(12).toString('hex');
  private readonly folder = mkdtempSync(join(tmpdir(), 'signet-redis-'));
  private keeper: ChildProcess | undefined;
  private pid: number | undefined;

  private constructor(
    private readonly program: string,
    readonly port: number,
  ) {}

  /** Started; undefined when Redis is not installed. */
  static async create(): Promise<RedisServer | undefined> {
    const program = findProgram('redis-server', 'valkey-server');
    if (program === undefined) return undefined;
    const server = new RedisServer(program, await freePort());
    await server.start();
    return server;
  }

  /** For `REDIS_URL`; `port` is the relay's, when there is one in between. */
  url(port = this.port): string {
    return `redis://:${this.password}@127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const options = [
      ['--port', String(this.port)],
      ['--bind', '127.0.0.1'],
      ['--dir', this.folder],
      ['--requirepass', this.password],
      ['--save', ''],
      ['--appendonly', 'no'],
    ];
    const keeper = spawn('sh', ['-c', KEEPER, 'redis-keeper', this.program, ...options.flat()], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    this.keeper = keeper;
    const [line] = (await once(keeper.stdout, 'data')) as [Buffer]; // what a stream tells
    this.pid = Number(line.toString());
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    while (!(await this.answers())) {
      if (performance.now() > giveUpAt) throw new Error(`${this.program} did not start`);
      await sleep(20);
    }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.pid !== undefined) process.kill(this.pid, signal);
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const { keeper } = this;
    this.keeper = this.pid = undefined;
    if (keeper === undefined) return;
    const gone = once(keeper, 'exit');
    keeper.stdin?.end();
    await gone;
    while (await this.answers()) await sleep(5); // the shell ends a moment before its child
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends each command, in Redis's inline syntax, and resolves with all that is answered. */
  async tell(...commands: readonly string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.end([`AUTH ${this.password}`, ...commands, 'QUIT', ''].join('\r\n'));
      let answer = '';
      for await (const data of socket) answer += String(data);
      return answer;
    } finally {
      socket.destroy();
    }
  }

  private async answers(): Promise<boolean> {
    try {
      return (await this.tell('PING')).includes('+PONG');
    } catch {
      return false; // not there
    }
  }
}
