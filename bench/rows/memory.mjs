import { setTimeout as sleep } from 'node:timers/promises';
import { residentMiB } from '../harness/cpu.mjs';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { ratios, spread } from '../harness/statistics.mjs';
import { install } from '../seed/installation.mjs';

const REST_MS = 5000;

/** Row 10: resident memory of a process that has started and does nothing. */
export async function memory({ rounds: count }) {
  const goals = [];
  const lines = ['| | MiB |', '| --- | --- |'];
  for (const dialect of ['sqlite', 'mariadb']) {
    const installation = await install(dialect);
    const env = { DATABASE_URL: installation.url };
    const [own, bare] = [[], []];
    for (let round = 0; round < count; round++) {
      own.push(await atRest(() => installation.start()));
      bare.push(await atRest(() => peer('nest-typeorm', 'Nest, Fastify, TypeORM', { env })));
    }
    lines.push(`| Signet, ${dialect} | ${Math.round(spread(own).median)} |`);
    lines.push(`| bare Nest, Fastify, TypeORM, ${dialect} | ${Math.round(spread(bare).median)} |`);
    goals.push(
      goal(
        `memory at rest on ${dialect} against a bare Nest application`,
        'at most',
        1.15,
        ratios(own, bare),
      ),
    );
  }
  return {
    title: 'Memory at rest',
    text: `Resident, ${REST_MS / 1000} s after the process was ready.`,
    more: lines.join('\n'),
    goals,
  };
}

async function atRest(start) {
  const server = await start();
  await sleep(REST_MS);
  const mib = residentMiB(server.pid);
  await server.stop();
  return mib;
}
