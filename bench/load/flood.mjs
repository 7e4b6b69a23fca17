/**
 * Sign-ins from many clients at once, each with the next as soon as it has an answer. Arguments: port,
 * seconds, clients, and a file with a body a line. Tells how long refusals took, and whether each said
 * when to come back.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Connection } from './client.mjs';

const [port, seconds, clients, file] = process.argv.slice(2);
const bodies = readFileSync(file, 'utf8').split('\n');
const end = performance.now() + Number(seconds) * 1000;
const counts = {};
let at = Math.floor(Math.random() * bodies.length);
let slowestRefusal = 0;
let withoutRetryAfter = 0;

await Promise.all(Array.from({ length: Number(clients) }, client));
console.log(JSON.stringify({ counts, slowestRefusal, withoutRetryAfter }));
process.exit(0);

async function client() {
  const connection = new Connection(Number(port));
  while (performance.now() < end) {
    const began = performance.now();
    const { status, headers } = await connection.post(
      '/v1/auth/login',
      bodies[at++ % bodies.length],
    );
    counts[status] = (counts[status] ?? 0) + 1;
    if (status !== 503) continue;
    slowestRefusal = Math.max(slowestRefusal, performance.now() - began);
    if (!/^retry-after: /im.test(headers)) withoutRetryAfter++;
  }
}
