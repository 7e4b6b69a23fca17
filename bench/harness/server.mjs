import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_CORE, on } from './cores.mjs';
import { startOptions } from './node-options.mjs';
import { scratch } from './scratch.mjs';

const START_TIMEOUT_MS = 120_000;
const running = new Set();
process.once('exit', () => {
  for (const { pid } of running) process.kill(pid, 'SIGKILL');
});

/** A server under measurement: a Node process of its own, on the server's core. */
export class Server {
  /** @param {{ name: string, port: number, child: import('node:child_process').ChildProcess, log: string, stopSignal: NodeJS.Signals }} parts */
  constructor({ name, port, child, log, stopSignal }) {
    this.stopSignal = stopSignal;
    this.name = name;
    this.port = port;
    this.child = child;
    this.log = log;
    this.gone = new Promise((resolve) => child.once('exit', resolve));
  }

  get pid() {
    return this.child.pid;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async stop(signal = this.stopSignal) {
    if (this.isRunning) this.child.kill(signal);
    await this.gone;
  }
}

/**
 * Starts a program as `npm start` starts Signet, and waits until it answers `ready` with 200.
 *
 * @param {string} name for messages
 * @param {string} file the program
 * @param {{ env?: Record<string, string>, ready?: string, cores?: number | number[], nodeOptions?: string[], port?: number, stopSignal?: NodeJS.Signals }} options
 */
export async function startServer(name, file, options = {}) {
  const { env = {}, ready = '/ready', cores = SERVER_CORE, nodeOptions = [] } = options;
  const { stopSignal = 'SIGKILL' } = options;
  const port = options.port ?? (await freePort());
  const log = join(scratch, `${name.replaceAll(/\W+/g, '-')}-${port}.log`);
  const output = openSync(log, 'a');
  const [command, ...args] = on(cores, [process.execPath, ...startOptions(), ...nodeOptions, file]);
  const child = spawn(command, args, {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), ...env },
  });
  closeSync(output);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const server = new Server({ name, port, child, log, stopSignal });
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(`${server.url}${ready}`))) {
    if (!server.isRunning || Date.now() > giveUpAt) {
      await server.stop();
      throw new Error(`${name} did not start; see ${log}`);
    }
    await sleep(10);
  }
  return server;
}

async function answers(url) {
  try {
    const answer = await fetch(url, { headers: { connection: 'close' } });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false; // nobody listens yet
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
