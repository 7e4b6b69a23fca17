import { generateKeyPairSync } from 'node:crypto';
import { goal } from '../harness/goals.mjs';
import { peer } from '../harness/peers.mjs';
import { cost, rounds } from '../harness/rounds.mjs';
import { inTurn, wrk } from '../harness/wrk.mjs';
import { ISSUER, install } from '../seed/installation.mjs';
import { seedService } from '../seed/rows.mjs';

/** Row 6: a service account gets a token for a resource. */
export async function issue(options) {
  const servers = [];
  const contenders = [];
  let client;
  for (const dialect of ['sqlite', 'mariadb']) {
    const installation = await install(dialect);
    const raw = await installation.raw();
    client = await seedService(raw);
    await raw.close();
    add(await installation.start(), '/oauth/token', client);
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = {
    ISSUER,
    RESOURCE: client.identifier,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
    JWT_KEY: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }),
  };
  add(await peer('oidc-provider', 'oidc-provider, in memory', { env }), '/token', client);
  const measured = await rounds(contenders, options);
  for (const server of servers) await server.stop();
  const [sqlite, mariadb, other] = measured;
  return {
    title: 'Token for a resource',
    text: 'client_credentials with a secret in the header (`client_secret_basic`), a JWT with ES256 for one resource. Signet reads credential, standing, resource and grants from its database; oidc-provider has everything in memory.',
    measured,
    goals: [
      goal(
        'token for a resource: oidc-provider against Signet on sqlite',
        'at least',
        4,
        cost(other, sqlite),
      ),
      goal(
        'token for a resource: oidc-provider against Signet on mariadb',
        'at least',
        undefined,
        cost(other, mariadb),
      ),
    ],
  };

  function add(server, path, { id, secret, identifier }) {
    const requests = inTurn({
      method: 'POST',
      paths: [path],
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      bodies: [
        new URLSearchParams({
          grant_type: 'client_credentials',
          resource: identifier,
          scope: 'read',
        }).toString(),
      ],
    });
    servers.push(server);
    contenders.push({
      name: server.name,
      server,
      load: (seconds) => wrk(server, requests, { seconds }),
    });
  }
}
