import { setTimeout as sleep } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { LOAD_CORE, SERVER_CORE } from '../harness/cores.mjs';
import { cpuMillis } from '../harness/cpu.mjs';
import { ceiling, goal } from '../harness/goals.mjs';
import { quantile, ratios, spread } from '../harness/statistics.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { install } from '../seed/installation.mjs';
import { moveMariadb } from '../seed/mariadb.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signWith } from '../seed/tokens.mjs';

const BOTH = [SERVER_CORE, LOAD_CORE];
const TOKENS = 200_000;
const REVOCATIONS = 20;
/** REVOCATION_MAX_STALENESS, its default. */
const BOUND_S = 2;

/** Row 11: two processes on two cores against one, and how soon one knows what the other revoked. */
export async function processes({ rounds: count, seconds }) {
  const installation = await install('mariadb');
  // Else it shares one core with a process and its load, and may get no turn there for a second and more.
  moveMariadb(BOTH);
  const sign = signWith(await signingKeyOf(installation));
  const requests = Array.from({ length: 2 }, () =>
    inTurn({ paths: ['/v1/probe'], tokens: manyTokens(TOKENS, sign) }),
  );
  const servers = [];
  for (const cores of [SERVER_CORE, LOAD_CORE])
    servers.push(await installation.start({ with: 'probe', cores }));
  const one = () => loadAll([servers[0]]);
  const two = () => loadAll(servers);
  const found = { one: [], two: [] };
  await two();
  for (let round = 0; round < count; round++) {
    found.one.push(await one());
    found.two.push(await two());
  }
  const seen = await secondsUntilSeen(servers, sign);
  moveMariadb(LOAD_CORE);
  for (const server of servers) await server.stop();
  const all = (side, what) => found[side].map((run) => run[what]);
  return {
    title: 'Two processes',
    text: 'Two processes of Signet on one MariaDB, one a core, each behind a port of its own; the load is split between them and runs on the same two cores, so it takes its share of both. Every token is new, which is the most expensive guarded read.',
    more: [
      '| | req/s | us/request |',
      '| --- | --- | --- |',
      ...['one', 'two'].map(
        (side) =>
          `| ${side} | ${Math.round(spread(all(side, 'perSecond')).median)} | ${Math.round(spread(all(side, 'micros')).median)} |`,
      ),
      '',
      `Seconds until the other process refused what one had revoked (${REVOCATIONS} revocations): median ${quantile(seen, 0.5).toFixed(2)}, longest ${Math.max(...seen).toFixed(2)}.`,
    ].join('\n'),
    goals: [
      goal(
        'two processes on two cores, of one: answers a second',
        'at least',
        1.7,
        ratios(all('two', 'perSecond'), all('one', 'perSecond')),
      ),
      goal(
        'the same by what a request costs: 2 x cost of one / cost of two',
        'at least',
        undefined,
        ratios(
          all('one', 'micros').map((micros) => 2 * micros),
          all('two', 'micros'),
        ),
      ),
      ceiling('seconds until another process refuses what was revoked', BOUND_S, seen, ' s'),
    ],
  };

  async function loadAll(some) {
    const before = some.map(({ pid }) => cpuMillis(pid));
    const loads = await Promise.all(
      some.map((server, i) => wrk(server, requests[i], { seconds, cores: BOTH })),
    );
    const cpu = some.reduce((sum, { pid }, i) => sum + cpuMillis(pid) - before[i], 0);
    return {
      perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
      micros: (cpu * 1000) / loads.reduce((sum, load) => sum + load.requests, 0),
    };
  }
}

async function secondsUntilSeen([first, second], sign) {
  const [administrator] = manyTokens(1, sign, { scope: ['revocations:write'] });
  const times = [];
  for (let i = 0; i < REVOCATIONS; i++) {
    const [token] = manyTokens(1, sign);
    if ((await statusOf(second, token)) !== 200) throw new Error('The token is refused too early');
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    await revoke(first, administrator, jti);
    const began = performance.now();
    while ((await statusOf(second, token)) === 200) await sleep(2);
    times.push((performance.now() - began) / 1000);
  }
  return times;
}

async function statusOf(server, token) {
  const answer = await fetch(`${server.url}/v1/probe`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function revoke(server, administrator, jti) {
  const answer = await fetch(`${server.url}/v1/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${administrator}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'token', subject: jti }),
  });
  if (answer.status >= 300) throw new Error(`${answer.status}: ${await answer.text()}`);
}
