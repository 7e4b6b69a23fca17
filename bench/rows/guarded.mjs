import { randomBytes } from 'node:crypto';
import { install } from '../seed/installation.mjs';
import { signingKeyOf } from '../seed/secrets.mjs';
import { manyTokens, signHs256, signWith } from '../seed/tokens.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';

const PATH = '/v1/probe';
const TOKENS = 200;

/** Row 1: a guarded read whose token was seen before. */
export async function guarded(options) {
  const installation = await install('sqlite');
  const secret = randomBytes(32).toString('hex');
  const own = manyTokens(TOKENS, signWith(await signingKeyOf(installation)));
  const shared = manyTokens(TOKENS, signHs256(secret));
  const env = { JWT_ALGORITHM: 'HS256', JWT_KEY: secret };
  const servers = [
    [await installation.start({ with: 'probe', name: 'Signet' }), own],
    [await peer('floor-guarded', 'node:http, HS256', { env }), shared],
    [await peer('nest-passport', 'Nest, Express, passport-jwt', { env }), shared],
    [await peer('express-jwt', 'express, express-jwt', { env }), shared],
    [await peer('nest-bare', 'Nest, Fastify, one guard, nothing else, HS256', { env }), shared],
  ];
  const contenders = servers.map(([server, tokens]) => {
    const requests = inTurn({ paths: [PATH], tokens });
    return { name: server.name, server, load: (seconds) => wrk(server, requests, { seconds }) };
  });
  const measured = await rounds(contenders, options);
  const [signet, floor, nest, express, frame] = measured;
  for (const [server] of servers) await server.stop();
  return {
    title: 'Guarded read, tokens seen before',
    text: 'A route that asks for a role and no database, through everything that every route of Signet goes through; 200 different tokens in turn.',
    measured,
    goals: [
      goal(
        'guarded read against `node:http` with HS256 and a `Set`',
        'at most',
        1.25,
        cost(signet, floor),
      ),
      goal(
        'guarded read: Nest, Express and passport-jwt against Signet',
        'at least',
        10,
        cost(nest, signet),
      ),
      goal(
        'guarded read: express and express-jwt against Signet',
        'at least',
        undefined,
        cost(express, signet),
      ),
      goal(
        'the frame alone (Nest, Fastify, one guard) against `node:http`',
        'at most',
        undefined,
        cost(frame, floor),
      ),
      goal('guarded read against the frame alone', 'at most', undefined, cost(signet, frame)),
    ],
  };
}
