import { goal } from '../harness/goals.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { install } from '../seed/installation.mjs';
import { seedRevocations } from '../seed/rows.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signWith } from '../seed/tokens.mjs';

const REVOCATIONS = 1_000_000;

/** Row 3: the guarded read with a million live revocations in memory, against none. */
export async function revoked(options) {
  const measured = [];
  const goals = [];
  for (const dialect of ['sqlite', 'mariadb']) {
    const sides = await measure(dialect, options);
    measured.push(...sides);
    goals.push(
      goal(
        `guarded read on ${dialect} with 1,000,000 revocations against none`,
        'at most',
        1.05,
        cost(...sides),
      ),
    );
  }
  return {
    title: 'Guarded read, 1,000,000 live revocations',
    text: 'Signet beside Signet, each on a database of its own; none of the tokens is revoked.',
    measured,
    goals,
  };
}

async function measure(dialect, options) {
  const servers = [];
  const contenders = [];
  for (const [words, count] of [
    ['1,000,000 revocations', REVOCATIONS],
    ['none', 0],
  ]) {
    const installation = await install(dialect);
    if (count > 0) {
      const raw = await installation.raw();
      await seedRevocations(raw, count);
      await raw.close();
    }
    const tokens = manyTokens(200, signWith(await signingKeyOf(installation)));
    const requests = inTurn({ paths: ['/v1/probe'], tokens });
    const name = `Signet, ${dialect}, ${words}`;
    const server = await installation.start({ with: 'probe', name });
    servers.push(server);
    contenders.push({ name, server, load: (seconds) => wrk(server, requests, { seconds }) });
  }
  try {
    return await rounds(contenders, options);
  } finally {
    for (const server of servers) await server.stop();
  }
}
