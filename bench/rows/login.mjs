import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { residentMiB } from '../harness/cpu.mjs';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { runLoad } from '../harness/run-load.mjs';
import { scratch } from '../harness/scratch.mjs';
import { ratios, spread } from '../harness/statistics.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { install } from '../seed/installation.mjs';
import { seedUsers } from '../seed/rows.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signWith } from '../seed/tokens.mjs';

/** Enough that nobody opens more sessions than are allowed. */
const USERS = 2000;
const PASSWORD = 'a long walk on a cold morning';
/** Signet's defaults. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const CLIENTS = 64;
/** The servers are on one core, so one hash is computed at a time. */
const HASH_MIB = 19;
const OTHER_MIB = 32;

/** Row 5: sign-ins against the bare hash, and reads while sign-ins flood in. */
export async function login(options) {
  const installation = await install('sqlite');
  const passwordHash = await hash(PASSWORD, COST);
  const raw = await installation.raw();
  await seedUsers(raw, USERS, { passwordHash });
  const users = await raw.all('SELECT username FROM users');
  await raw.close();
  const bodies = users.map(({ username }) =>
    JSON.stringify({ identifier: username, password: PASSWORD }),
  );
  const server = await installation.start({ probe: true, name: 'Signet: POST /v1/auth/login' });
  const floor = await peer('floor-argon2', 'node:http and argon2id', {
    env: { PASSWORD, PASSWORD_HASH: passwordHash },
  });
  const requests = inTurn({
    method: 'POST',
    paths: ['/v1/auth/login'],
    headers: { 'content-type': 'application/json' },
    bodies,
  });
  const contenders = [server, floor].map((one) => ({
    name: one.name,
    server: one,
    load: (seconds) => wrk(one, requests, { seconds, connections: 8 }),
  }));
  const sides = await rounds(contenders, { ...options, warmSeconds: 2 * options.seconds });
  await floor.stop();
  const tokens = manyTokens(200, signWith(await signingKeyOf(installation)));
  const found = await flood(server, tokens, bodies, options);
  await server.stop();
  return {
    title: 'Signing in',
    text: `argon2id with ${COST.memoryCost} KiB, ${COST.timeCost} passes, ${COST.parallelism} lane, one at a time on the one core. Then ${CLIENTS} clients that do nothing but sign in, while others read with tokens; before each flood the same reads without it.`,
    measured: sides,
    more: `Answers to the flood: ${JSON.stringify(found.counts)}; refusals without \`Retry-After\`: ${found.withoutRetryAfter}.`,
    goals: [
      goal('sign-ins a CPU second, of bare argon2id', 'at least', 0.9, cost(sides[1], sides[0])),
      goal(
        'p99 of guarded reads in a flood of 64 sign-ins, of the quiet one',
        'at most',
        3,
        ratios(found.flooded, found.quiet),
      ),
      goal(
        'memory that the flood takes',
        'at most',
        HASH_MIB + OTHER_MIB,
        spread(found.growth),
        ' MiB',
      ),
      goal('slowest refusal (503)', 'at most', 2, spread(found.refusals), ' s'),
      goal('refusals without `Retry-After`', 'at most', 0, spread([found.withoutRetryAfter])),
    ],
  };
}

async function flood(server, tokens, bodies, { rounds: count, seconds }) {
  const reads = inTurn({ paths: ['/v1/probe'], tokens });
  const read = () => wrk(server, reads, { seconds, connections: 8 });
  const file = join(scratch, 'logins');
  writeFileSync(file, bodies.join('\n'));
  const found = {
    quiet: [],
    flooded: [],
    growth: [],
    refusals: [],
    withoutRetryAfter: 0,
    counts: {},
  };
  await read();
  for (let round = 0; round < count; round++) {
    found.quiet.push((await read()).p99);
    const before = residentMiB(server.pid);
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, residentMiB(server.pid))), 50);
    const flooding = runLoad('flood', server.port, seconds + 1, CLIENTS, file);
    found.flooded.push((await read()).p99);
    const { counts, slowestRefusal, withoutRetryAfter } = await flooding;
    clearInterval(watch);
    found.growth.push(peak - before);
    found.refusals.push(slowestRefusal / 1000);
    found.withoutRetryAfter += withoutRetryAfter;
    for (const [status, times] of Object.entries(counts))
      found.counts[status] = (found.counts[status] ?? 0) + times;
  }
  return found;
}
