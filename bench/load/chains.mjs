/**
 * Chains of refreshes: each connection exchanges its token, and the token that it gets for it, and so on.
 * Arguments: port, seconds, and a file with a refresh token a line, which is written anew at the end.
 * Runs as a process of its own, on the core of the load.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { quantile } from '../harness/statistics.mjs';
import { Connection } from './client.mjs';

const [port, seconds, file] = process.argv.slice(2);
const tokens = readFileSync(file, 'utf8').trim().split('\n');
const times = [];
const start = performance.now();
const end = start + Number(seconds) * 1000;

const last = await Promise.all(tokens.map(chain));
const micros = (performance.now() - start) * 1000;
writeFileSync(file, last.join('\n'));
console.log(
  JSON.stringify({
    requests: times.length,
    perSecond: (times.length / micros) * 1e6,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  }),
);
process.exit(0);

async function chain(token) {
  const connection = new Connection(Number(port));
  while (performance.now() < end) {
    const began = performance.now();
    const { status, body } = await connection.post(
      '/v1/auth/refresh',
      JSON.stringify({ refresh_token: token }),
    );
    if (status !== 200) throw new Error(`${status}: ${body}`);
    times.push(performance.now() - began);
    const next = JSON.parse(body).refresh_token;
    if (next === token) throw new Error('The same refresh token came back');
    token = next;
  }
  return token;
}
