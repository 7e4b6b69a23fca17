import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { residentMiB } from '../harness/cpu.mjs';
import { ceiling, goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { runLoad } from '../harness/run-load.mjs';
import { scratch } from '../harness/scratch.mjs';
import { ratios } from '../harness/statistics.mjs';
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
/** As many as may wait for a hash (HASH_QUEUE_LENGTH); and so many that most are turned away. */
const CLIENTS = 64;
const SURPLUS_CLIENTS = 256;
/** The servers are on one core, so one hash is computed at a time. */
const HASH_MIB = 19;
const OTHER_MIB = 32;
const SETTLES_WITHIN = 8;
const REFUSED_WITHIN_S = 2;

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
  const server = await installation.start({ with: 'probe', name: 'Signet: POST /v1/auth/login' });
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
  const file = join(scratch, 'logins');
  writeFileSync(file, bodies.join('\n'));
  const { quiet, flooded, surplus } = await floods(server, tokens, file, options);
  await server.stop();
  const grown = await growths(installation, tokens, file, options);
  return {
    title: 'Signing in',
    text: `argon2id with ${COST.memoryCost} KiB, ${COST.timeCost} passes, ${COST.parallelism} lane, one at a time on the one core. Then ${CLIENTS} clients that do nothing but sign in, while others read with tokens; before each flood the same reads without it. Memory is that of processes that were not flooded before, once reads alone no longer add to it. Who is turned away shows when ${SURPLUS_CLIENTS} sign in, each again at once.`,
    measured: sides,
    more: `Answers to the ${SURPLUS_CLIENTS}: ${surplus.counts[200] ?? 0} signed in, ${surplus.counts[503] ?? 0} turned away.`,
    goals: [
      goal('sign-ins a CPU second, of bare argon2id', 'at least', 0.9, cost(sides[1], sides[0])),
      goal(
        `p99 of guarded reads in a flood of ${CLIENTS} sign-ins, of the quiet one`,
        'at most',
        3,
        ratios(flooded, quiet),
      ),
      ceiling(`memory that a flood of ${CLIENTS} takes`, HASH_MIB + OTHER_MIB, grown, ' MiB'),
      ceiling(
        `slowest refusal (503) in a flood of ${SURPLUS_CLIENTS}`,
        REFUSED_WITHIN_S,
        surplus.slowestRefusals,
        ' s',
      ),
      ceiling('refusals without `Retry-After`', 0, surplus.withoutRetryAfter),
    ],
  };
}

/** Reads while nobody signs in and while many do; then more clients than may wait, for who is turned away. */
async function floods(server, tokens, file, { rounds: count, seconds }) {
  const found = {
    quiet: [],
    flooded: [],
    surplus: { counts: {}, slowestRefusals: [], withoutRetryAfter: [] },
  };
  const read = reader(server, tokens, seconds);
  await read();
  for (let round = 0; round < count; round++) {
    found.quiet.push(await read());
    const flooding = flood(server, seconds + 1, CLIENTS, file);
    found.flooded.push(await read());
    await flooding;
    addTo(found.surplus, await flood(server, seconds + 1, SURPLUS_CLIENTS, file));
  }
  return found;
}

function addTo({ counts, slowestRefusals, withoutRetryAfter }, seen) {
  for (const [status, times] of Object.entries(seen.counts))
    counts[status] = (counts[status] ?? 0) + times;
  if (seen.counts[503] === undefined) return; // nobody was turned away, which says nothing of how
  slowestRefusals.push(seen.slowestRefusal / 1000);
  withoutRetryAfter.push(seen.withoutRetryAfter);
}

/**
 * What a flood adds to the memory of a process that has answered reads and hashed nothing yet: one that was
 * flooded before keeps some of what it took.
 */
async function growths(installation, tokens, file, { rounds: count, seconds }) {
  const grown = [];
  for (let round = 0; round < count; round++) {
    const server = await installation.start({ with: 'probe', name: 'Signet, not flooded before' });
    const read = reader(server, tokens, seconds);
    const before = await residentOnce(read, server.pid);
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, residentMiB(server.pid))), 20);
    await Promise.all([flood(server, seconds + 1, CLIENTS, file), read()]);
    clearInterval(watch);
    grown.push(peak - before);
    await server.stop();
  }
  return grown;
}

/** Resident memory, in MiB, once reads no longer add to it: a slow machine takes more of them to get there. */
async function residentOnce(read, pid) {
  let [before, after] = [0, residentMiB(pid)];
  for (let times = 0; times < SETTLES_WITHIN && after > before + 1; times++) {
    await read();
    [before, after] = [after, residentMiB(pid)];
  }
  return after;
}

/** @returns p99 of guarded reads, in ms */
function reader(server, tokens, seconds) {
  const reads = inTurn({ paths: ['/v1/probe'], tokens });
  return async () => (await wrk(server, reads, { seconds, connections: 8 })).p99;
}

async function flood(server, seconds, clients, file) {
  const seen = await runLoad('flood', server.port, seconds, clients, file);
  const others = Object.keys(seen.counts).filter((status) => !['200', '503'].includes(status));
  if (others.length > 0) throw new Error(`Sign-ins were answered ${others}; see ${server.log}`);
  return seen;
}
