import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRefreshToken } from '../../dist/src/sessions/refresh-token.js';
import { headerOf } from '../../dist/src/tokens/mint.js';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { runLoad } from '../harness/run-load.mjs';
import { scratch } from '../harness/scratch.mjs';
import { ISSUER, install } from '../seed/installation.mjs';
import { seedSessions, seedUsers } from '../seed/rows.mjs';
import { serverSecretOf, signingKeyOf } from '../seed/secrets.mjs';

const CHAINS = 8;

/** Row 4: chains of refreshes, on both databases. */
export async function refresh(options) {
  const measured = [];
  const goals = [];
  for (const dialect of ['sqlite', 'mariadb']) {
    const sides = await measure(dialect, options);
    const [signet, write, read] = sides;
    measured.push(...sides);
    goals.push(
      goal(
        `refresh on ${dialect} against \`node:http\` with compare-and-set and signature`,
        'at most',
        1.5,
        cost(signet, write),
      ),
      goal(
        `refresh on ${dialect} against the same that also reads session and roles`,
        'at most',
        undefined,
        cost(signet, read),
      ),
    );
  }
  return {
    title: 'Refresh',
    text: `${CHAINS} chains, in each of which every answer gives the next token; commits are durable on both sides (SQLite: WAL, synchronous FULL; MariaDB: flush at each commit). The CPU of the database server is not counted; SQLite's is, being in the process.`,
    measured,
    goals,
  };
}

async function measure(dialect, options) {
  const installation = await install(dialect);
  const key = await signingKeyOf(installation);
  const mac = await serverSecretOf(installation, 'refresh-token-mac');
  const raw = await installation.raw();
  const people = await seedUsers(raw, 3 * CHAINS);
  const sessions = await seedSessions(raw, people);
  await raw.close();
  const env = {
    DATABASE_URL: installation.url,
    ISSUER,
    JWT_KEY: key.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    JWT_HEADER: JSON.stringify(headerOf(key)),
    MAC_KEY: mac.toString('base64'),
  };
  const servers = [
    await installation.start(),
    await peer('floor-refresh', `node:http, ${dialect}: write`, {
      env: { ...env, FLOOR: 'write' },
    }),
    await peer('floor-refresh', `node:http, ${dialect}: read, write`, {
      env: { ...env, FLOOR: 'read' },
    }),
  ];
  const contenders = servers.map((server, i) => {
    const file = join(scratch, `chains-${dialect}-${i}`);
    const own = sessions.slice(i * CHAINS, (i + 1) * CHAINS);
    const first = own.map(({ id, salt }) =>
      formatRefreshToken({ sessionId: id, generation: 1 }, salt, mac),
    );
    writeFileSync(file, first.join('\n'));
    return {
      name: server.name,
      server,
      load: (seconds) => runLoad('chains', server.port, seconds, file),
    };
  });
  try {
    return await rounds(contenders, options);
  } finally {
    for (const server of servers) await server.stop();
  }
}
