import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ceiling, goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { runMeasured } from '../harness/run-load.mjs';
import { startTime } from '../harness/start-time.mjs';
import { scratch } from '../harness/scratch.mjs';
import { ratios, spread } from '../harness/statistics.mjs';
import { install } from '../seed/installation.mjs';
import { seedRevocations } from '../seed/rows.mjs';

const REVOCATIONS = 1_000_000;
const BLOCKED_MS = 50;

/** Row 9: from the start of the process to the first good answer; and what a million revocations add. */
export async function start({ rounds: count }) {
  const plain = await install('sqlite');
  const [none, million] = [await install('mariadb'), await install('mariadb')];
  const raw = await million.raw();
  await seedRevocations(raw, REVOCATIONS);
  await raw.close();
  const starts = {
    http: () => startTime(() => peer('floor-http', 'node:http')),
    sqlite: () => startTime(() => plain.start()),
    none: () => startTime(() => none.start()),
    million: () => startTime(() => million.start()),
    raw: () => runMeasured('raw-load', million.url),
  };
  const times = Object.fromEntries(Object.keys(starts).map((name) => [name, []]));
  const blocked = [];
  await starts.sqlite(); // files into the cache of the system
  for (let round = 0; round < count; round++) {
    for (const [name, once] of Object.entries(starts)) times[name].push(await once());
    blocked.push(await longestBlock(million));
  }
  const all = (name, what) => times[name].map((one) => one[what]);
  const added = (what) => all('million', what).map((value, i) => value - all('none', what)[i]);
  const line = (words, name) =>
    `| ${words} | ${Math.round(spread(all(name, 'millis')).median)} | ${Math.round(spread(all(name, 'cpu')).median)} |`;
  return {
    title: 'Start',
    text: 'From the start of the process until it is ready, its database prepared before. CPU time is the steadier of the two.',
    more: [
      '| | ms | CPU ms |',
      '| --- | --- | --- |',
      line('node:http', 'http'),
      line('Signet, sqlite', 'sqlite'),
      line('Signet, mariadb', 'none'),
      line('Signet, mariadb, 1,000,000 revocations', 'million'),
      line('the bare driver reads 1,000,000 revocations into a buffer', 'raw'),
    ].join('\n'),
    goals: [
      goal(
        'start to ready on sqlite against `node:http`',
        'at most',
        4,
        ratios(all('sqlite', 'millis'), all('http', 'millis')),
      ),
      goal(
        'the same in CPU time',
        'at most',
        undefined,
        ratios(all('sqlite', 'cpu'), all('http', 'cpu')),
      ),
      goal(
        'load of 1,000,000 revocations from MariaDB against the bare driver',
        'at most',
        3,
        ratios(added('millis'), all('raw', 'millis')),
      ),
      goal('the load in CPU time', 'at most', undefined, ratios(added('cpu'), all('raw', 'cpu'))),
      ceiling(
        'longest that the load keeps the event loop at a time',
        BLOCKED_MS,
        blocked.map(({ millis }) => millis),
        ' ms',
      ),
      ceiling(
        'the same in CPU time of all threads',
        undefined,
        blocked.map(({ cpu }) => cpu),
        ' ms',
      ),
    ],
  };
}

/** Not of the starts whose time is taken: to look costs some of it. */
async function longestBlock(installation) {
  const file = join(scratch, 'longest-block');
  const server = await installation.start({ with: 'watch', env: { WATCH_FILE: file } });
  await server.stop();
  return JSON.parse(readFileSync(file, 'utf8'));
}
