import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, on } from './cores.mjs';
import { scratch } from './scratch.mjs';

const SCRIPT = fileURLToPath(new URL('../load/requests.lua', import.meta.url));
const run = promisify(execFile);
let files = 0;

/**
 * What wrk sends, in turn: whole requests that differ in what is given here. `next` is where the next
 * run goes on, so that what has to be new stays new.
 *
 * @param {{ method?: string, paths?: string[], tokens?: string[], headers?: Record<string, string>, bodies?: string[] }} parts
 */
export function inTurn({ method = 'GET', paths = ['/'], tokens = [], headers = {}, bodies = [] }) {
  const file = join(scratch, `requests-${++files}`);
  const write = (name, lines) => {
    writeFileSync(`${file}.${name}`, lines.join('\n'));
    return `${file}.${name}`;
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const env = {
    BENCH_METHOD: method,
    BENCH_PATHS: write('paths', paths),
    BENCH_TOKENS: write('tokens', tokens),
    BENCH_BODIES: write('bodies', bodies),
    BENCH_HEADERS: lines.join(''),
  };
  return { env, next: 0 };
}

/**
 * Loads a server for some seconds, over keep-alive connections.
 *
 * @returns requests a second, p50 and p99 in ms, and how many requests there were.
 */
export async function wrk(server, requests, { seconds, connections = 32, cores = LOAD_CORE }) {
  const command = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '30s',
    '-s',
    SCRIPT,
    server.url,
  ];
  const [program, ...args] = on(cores, command);
  const env = { PATH: process.env.PATH, ...requests.env, BENCH_START: String(requests.next) };
  const { stdout } = await run(program, args, { env, maxBuffer: 1 << 24 });
  const result = JSON.parse(stdout.slice(stdout.indexOf('RESULT ') + 'RESULT '.length));
  requests.next = result.next;
  if (result.failed > 0 || result.requests === 0) {
    throw new Error(
      `${server.name}: ${result.failed} of ${result.requests} requests failed; see ${server.log}`,
    );
  }
  return {
    requests: result.requests,
    perSecond: (result.requests / result.micros) * 1e6,
    p50: result.p50 / 1000,
    p99: result.p99 / 1000,
  };
}
