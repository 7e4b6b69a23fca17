import { goal } from '../harness/goals.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { ratios } from '../harness/statistics.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { install } from '../seed/installation.mjs';
import { seedResources, seedUsers } from '../seed/rows.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signWith } from '../seed/tokens.mjs';

const ROWS = 1_000_000;
const PAGE = 50;
const FAR = 10_000;
/** Few: where a page takes long, the answers to many requests at once would not come within a round. */
const CONNECTIONS = 4;
const READER = { scope: ['users:read', 'resources:read'], roles: ['reader'] };

/** Row 8: the page 10,000 of a million, against the first one. */
export async function pages(options) {
  const measured = [];
  const goals = [];
  for (const dialect of ['sqlite', 'mariadb']) {
    const installation = await install(dialect);
    const raw = await installation.raw();
    await seedUsers(raw, ROWS);
    await seedResources(raw, ROWS);
    if (dialect === 'mariadb')
      await raw.all('ANALYZE TABLE users, principals, principal_roles, resources');
    const cursors = new Map();
    for (const list of ['users', 'resources']) cursors.set(list, await cursorBefore(raw, list));
    await raw.close();
    const tokens = manyTokens(200, signWith(await signingKeyOf(installation)), READER);
    const server = await installation.start();
    for (const [list, cursor] of cursors) {
      const [first, far] = [`/v1/${list}`, `/v1/${list}?cursor=${cursor}`];
      const sides = await rounds([side('page 10,000', far), side('page 1', first)], options);
      measured.push(...sides);
      goals.push(
        goal(
          `page 10,000 of 1,000,000 ${list} on ${dialect} against page 1`,
          'at most',
          1.5,
          cost(...sides),
        ),
      );
      goals.push(
        goal(
          `the same list of ${list} on ${dialect}: answers a second of page 1 over page 10,000`,
          'at most',
          undefined,
          overPerSecond(sides),
        ),
      );
      function side(words, path) {
        const requests = inTurn({ paths: [path], tokens });
        return {
          name: `${list}, ${dialect}: ${words}`,
          server,
          load: (seconds) => wrk(server, requests, { seconds, connections: CONNECTIONS }),
        };
      }
    }
    await server.stop();
  }
  return {
    title: 'Long lists',
    text: `${PAGE} entries a page. The database server's work shows in the answers a second.`,
    measured,
    goals,
  };
}

/** The cursor that leads to the page, in the form in which Signet gives it. */
async function cursorBefore(raw, list) {
  const [row] = await raw.all(
    `SELECT created_at AS at, id FROM ${list} ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ${(FAR - 1) * PAGE - 1}`,
  );
  return Buffer.from(JSON.stringify([list, Number(row.at), row.id])).toString('base64url');
}

function overPerSecond([far, first]) {
  return ratios(first.perSecond, far.perSecond);
}
