import { performance } from 'node:perf_hooks';
import { cpuMillis } from './cpu.mjs';

/**
 * How long a program takes from its start to its first good answer.
 *
 * @param {() => Promise<import('./server.mjs').Server>} start
 * @returns {Promise<{ millis: number, cpu: number }>} by the clock, and CPU time until then
 */
export async function startTime(start) {
  const began = performance.now();
  const server = await start();
  const times = { millis: performance.now() - began, cpu: cpuMillis(server.pid) };
  await server.stop();
  return times;
}
