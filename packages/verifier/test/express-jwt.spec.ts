import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { expressjwt } from 'express-jwt';
import type { AccessTokenClaims } from '../src/claims.js';
import { introspection } from '../src/introspection.js';
import { makeKey } from './support/keys.js';
import { AUDIENCE, claimsOf, signed } from './support/tokens.js';
import { rawRequest } from './support/raw-request.js';
import { TestIssuer } from './support/issuer.js';

// As the README shows it: a service that stays with express-jwt hears of revocations through the check.

const key = makeKey();
let issuer: TestIssuer;
let url: string;
let close: () => void;
let revoked: boolean;

beforeAll(async () => {
  issuer = await TestIssuer.start(key);
  issuer.handlers.set('/oauth/introspect', () => ({ body: { active: !revoked } }));
  const check = introspection({
    issuer: issuer.url,
    clientId: 'billing',
    clientSecret: 'secret',
    cacheFor: 0,
  });
  const app = express();
  app.use(
    expressjwt({
      secret: key.publicKey,
      algorithms: ['ES256'],
      issuer: issuer.url,
      audience: AUDIENCE,
      isRevoked: async (request, token) =>
        check.isRevoked(token?.payload as AccessTokenClaims, {
          token: request.get('authorization')?.slice(7) ?? '',
          kid: token?.header.kid ?? '',
        }),
    }),
  );
  app.get('/', (_, response) => void response.json({ ok: true }));
  const onError: express.ErrorRequestHandler = (error: { status?: number }, _, response, _next) =>
    void response.status(error.status ?? 500).json(error);
  app.use(onError);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  close = () => server.close();
});
afterAll(async () => {
  close();
  await issuer.stop();
});

const get = () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { ...claimsOf(issuer.url), iat: now, nbf: now, exp: now + 600 };
  return rawRequest(url, [['Authorization', `Bearer ${signed(key, claims)}`]]);
};

describe('the check as the hook of express-jwt', () => {
  it('lets in a token until it was revoked', async () => {
    revoked = false;
    expect(await get()).toMatchObject({ status: 200 });
    revoked = true;
    expect(await get()).toMatchObject({ status: 401, body: { code: 'revoked_token' } });
  });

  it('lets in nothing when the issuer does not answer', async () => {
    revoked = false;
    const mend = issuer.fail('/oauth/introspect');
    expect(await get()).toMatchObject({ status: 503 });
    mend();
    expect(await get()).toMatchObject({ status: 200 });
  });
});
