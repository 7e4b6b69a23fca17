import { cpuMillis } from './cpu.mjs';
import { median, ratios } from './statistics.mjs';

const WARM_REQUESTS = 5000;
const WARM_SECONDS = 20;

/**
 * One side of a comparison: a server, and how it is loaded.
 *
 * @typedef {{ name: string, server: import('./server.mjs').Server, load: (seconds: number) => Promise<Load> }} Contender
 * @typedef {{ requests: number, perSecond: number, p50: number, p99: number }} Load
 * @typedef {{ name: string, micros: number[], perSecond: number[], p50: number[], p99: number[] }} Measured
 */

/**
 * Loads all of them in turn, round after round: A B C, A B C. The first time, unmeasured, is for the
 * compilers to get warm.
 *
 * @param {Contender[]} contenders
 * @returns {Promise<Measured[]>} with CPU microseconds of the server for each request.
 */
export async function rounds(contenders, { rounds: count, seconds, warmSeconds = WARM_SECONDS }) {
  for (const { load } of contenders) await warmUp(load, seconds, warmSeconds);
  const all = contenders.map(({ name }) => ({ name, micros: [], perSecond: [], p50: [], p99: [] }));
  for (let round = 0; round < count; round++) {
    for (const [i, { server, load }] of contenders.entries()) {
      const before = cpuMillis(server.pid);
      const { requests, perSecond, p50, p99 } = await load(seconds);
      all[i].micros.push(((cpuMillis(server.pid) - before) * 1000) / requests);
      all[i].perSecond.push(perSecond);
      all[i].p50.push(p50);
      all[i].p99.push(p99);
    }
  }
  return all;
}

/** Code is compiled by how often it runs: slow work needs longer for that. */
async function warmUp(load, seconds, atMost) {
  let done = 0;
  for (let spent = 0; done < WARM_REQUESTS && spent < atMost; spent += seconds) {
    done += (await load(seconds)).requests;
  }
}

/** CPU a request of one side over the other's. */
export function cost(over, under) {
  return ratios(over.micros, under.micros);
}

/** The medians of one side, for the table. */
export function summary({ name, micros, perSecond, p99 }) {
  return { name, micros: median(micros), perSecond: median(perSecond), p99: median(p99) };
}
