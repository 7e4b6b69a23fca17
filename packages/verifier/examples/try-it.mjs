/**
 * The whole way of a token on one machine: a stand-in for Signet issues it, a worker gets it, a service
 * verifies it. After `npm run build` in this package:
 *
 *   node examples/try-it.mjs
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createTokenClient } from '@signet/verifier/client';
import { startService } from './service.mjs';

const RESOURCE = 'https://billing.example.com';

const issuer = await startIssuer();
const service = await startService({ issuer: issuer.url, audience: RESOURCE });
const worker = createTokenClient({
  issuer: issuer.url,
  clientId: 'worker',
  clientSecret: 'secret',
  resource: RESOURCE,
});

const token = await worker.token();
await show('without a token', '/invoices');
await show('with a token', '/invoices', token);
await show('without the scope', '/refunds', token, 'POST');
await show('changed on the way', '/invoices', token.replace(/\.[^.]/, '.f'));
await show('for everybody', '/health');

await service.close();
await issuer.close();

async function show(what, path, bearer, method = 'GET') {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const response = await fetch(`${service.url}${path}`, { method, headers });
  console.log(`${what}: ${response.status}`);
  const challenge = response.headers.get('www-authenticate');
  if (challenge !== null) console.log(`  ${challenge}`);
}

/** Metadata, keys and a token endpoint: as much of Signet as this example needs. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    void answer(request.url).then((body) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;

  async function answer(path) {
    if (path === '/.well-known/oauth-authorization-server') {
      return { issuer: url, jwks_uri: `${url}/jwks`, token_endpoint: `${url}/token` };
    }
    if (path === '/jwks') return { keys: [jwk] };
    return { access_token: await mint(), token_type: 'Bearer', expires_in: 600 };
  }

  function mint() {
    const now = Math.floor(Date.now() / 1000);
    const claims = { client_id: 'worker', sid: 'credential-1', roles: [], scope: 'read', ver: 1 };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' })
      .setIssuer(url)
      .setSubject('worker')
      .setAudience(RESOURCE)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + 600)
      .setJti(randomBytes(16).toString('base64url'))
      .sign(privateKey);
  }

  return {
    url,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
