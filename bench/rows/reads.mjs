import { randomBytes } from 'node:crypto';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { sameAnswer } from '../harness/same-answer.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { install } from '../seed/installation.mjs';
import { seedUsers } from '../seed/rows.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signHs256, signWith } from '../seed/tokens.mjs';

const USERS = 1000;
const READER = { scope: ['users:read'], roles: ['reader'] };

/** Row 7: one user, and the first page of users, from the database. */
export async function reads(options) {
  const measured = [];
  const goals = [];
  for (const dialect of ['sqlite', 'mariadb']) {
    const installation = await install(dialect);
    const raw = await installation.raw();
    const ids = await seedUsers(raw, USERS);
    await raw.close();
    const secret = randomBytes(32).toString('hex');
    const env = { DATABASE_URL: installation.url, JWT_KEY: secret };
    const own = manyTokens(200, signWith(await signingKeyOf(installation)), READER);
    const shared = manyTokens(200, signHs256(secret), READER);
    const servers = [
      await installation.start(),
      await peer('floor-reads', `node:http, ${dialect}`, { env }),
    ];
    const works = [
      ['one user', 'GET /v1/users/{id}', ids.map((id) => `/v1/users/${id}`)],
      ['list of 50 users', 'GET /v1/users', ['/v1/users']],
    ];
    for (const [work, words, paths] of works) {
      const floorPaths = paths.map((path) => (path === '/v1/users' ? '/v1/users/' : path));
      await sameAnswer(servers, [paths[0], floorPaths[0]], [own[0], shared[0]]);
      const sides = await rounds(
        [
          side(servers[0], `${words}: ${servers[0].name}`, paths, own),
          side(servers[1], `${words}: ${servers[1].name}`, floorPaths, shared),
        ],
        options,
      );
      measured.push(...sides);
      goals.push(
        goal(
          `${work} on ${dialect} against \`node:http\` and the bare driver`,
          'at most',
          1.5,
          cost(...sides),
        ),
      );
    }
    for (const server of servers) await server.stop();
  }
  return {
    title: 'Reads from the database',
    text: 'The floor verifies an HS256 token, asks the bare driver (prepared statements) in the same words, and gives the same answer. The CPU of the database server is not counted; SQLite is in the process.',
    measured,
    goals,
  };
}

function side(server, name, paths, tokens) {
  const requests = inTurn({ paths, tokens });
  return { name, server, load: (seconds) => wrk(server, requests, { seconds }) };
}
