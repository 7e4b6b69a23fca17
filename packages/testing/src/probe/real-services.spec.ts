import { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { NextFunction, Request, Response } from 'express';
import { expressjwt } from 'express-jwt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { authenticate } from '../../../verifier/src/adapters/express.js';
import { createVerifier, introspection } from '../../../verifier/src/index.js';
import { Servers } from '../../test/servers.js';
import { startMockIssuer } from '../mock/mock-issuer.js';
import type { MockIssuer } from '../mock/mock-issuer.js';
import type { MockAlgorithm } from '../mock/mock-keys.js';
import { CHECK_NAMES, probeService } from './probe.js';
import type { ProbeReport } from './probe.js';

const AUDIENCE = 'https://notes.example.com';

const servers = new Servers();
afterEach(() => servers.close());

async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app);
  await servers.listen(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on a port
}

function keyOf(issuer: MockIssuer, kid: string | undefined): Promise<string> {
  const jwk = issuer.jwks.keys.find((key) => key['kid'] === kid);
  if (jwk === undefined) return Promise.reject(new Error('unknown kid'));
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return Promise.resolve(key.export({ format: 'pem', type: 'spki' }).toString());
}

const names = ({ results }: ProbeReport, outcome: string) =>
  results.filter((result) => result.outcome === outcome).map(({ name }) => name);

async function start(algorithm: MockAlgorithm): Promise<MockIssuer> {
  return servers.add(await startMockIssuer({ algorithm }));
}

const probe = (issuer: MockIssuer, url: string) =>
  probeService({ url, issuer, audience: AUDIENCE, revocationBound: 0 });

describe('the probe', () => {
  it.each<MockAlgorithm>(['ES256', 'ES384', 'RS256', 'PS256'])(
    'finds nothing wrong with @signet/verifier, which asks about revocations: %s',
    async (algorithm) => {
      const issuer = await start(algorithm);
      const credentials = { clientId: 'notes', clientSecret: 'secret' };
      const verifier = createVerifier({
        issuer: issuer.issuer,
        audience: AUDIENCE,
        revocation: introspection({ issuer: issuer.issuer, ...credentials, cacheFor: 0 }),
      });
      const app = express();
      app.use(authenticate(verifier));
      app.get('/', (_, response) => void response.json([]));
      expect(names(await probe(issuer, await serve(app)), 'passed')).toEqual(CHECK_NAMES);
    },
  );

  it('finds what express-jwt leaves to others', async () => {
    const issuer = await start('ES256');
    const app = express();
    app.use(
      expressjwt({
        // What jwks-rsa does; jest cannot load that.
        secret: (_, token) => keyOf(issuer, token?.header.kid),
        algorithms: ['ES256'],
        issuer: issuer.issuer,
        audience: AUDIENCE,
      }),
    );
    app.get('/', (_, response) => void response.json([]));
    app.use((error: { status?: number }, _: Request, response: Response, __: NextFunction) => {
      response.status(error.status ?? 401).end();
    });
    const gaps = ['withoutType', 'twoHeaders', 'revoked'];
    expect(names(await probe(issuer, await serve(app)), 'failed')).toEqual(gaps);
  });
});
