import { install } from '../seed/installation.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signWith } from '../seed/tokens.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';

/** More than are used in a run of the usual length; past it they come again, long forgotten by any cache. */
const TOKENS = 200_000;

/** Row 2: a guarded read whose token nobody has seen before, so that its signature has to be verified. */
export async function unseen(options) {
  const installation = await install('sqlite');
  const key = await signingKeyOf(installation);
  const tokens = manyTokens(TOKENS, signWith(key));
  const env = {
    JWT_ALGORITHM: 'ES256',
    JWT_KEY: JSON.stringify(key.publicKey.export({ format: 'jwk' })),
  };
  const servers = [
    await installation.start({ with: 'probe', name: 'Signet' }),
    await peer('floor-guarded', 'node:http, ES256', { env }),
  ];
  const contenders = servers.map((server) => {
    const requests = inTurn({ paths: ['/v1/probe'], tokens });
    return { name: server.name, server, load: (seconds) => wrk(server, requests, { seconds }) };
  });
  const measured = await rounds(contenders, options);
  for (const server of servers) await server.stop();
  return {
    title: 'Guarded read, every token new',
    text: 'The same route; each ES256 token comes for the first time.',
    measured,
    goals: [
      goal(
        'guarded read, every token new, against `node:http` with ES256',
        'at most',
        1.2,
        cost(...measured),
      ),
    ],
  };
}
