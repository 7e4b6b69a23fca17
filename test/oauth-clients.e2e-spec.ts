import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import { METADATA_PATH } from '../src/oauth/addresses.js';
import { Database } from '../src/platform/database/database.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { ACCESS_TOKEN, EXCHANGE, OAuth, claimsOf } from './support/oauth.js';
import type { TestResource, TestService } from './support/oauth.js';
import { freePort } from './support/process.js';

/** The client libraries that others use, configured with the issuer and nothing else. */

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; a test has no TLS
const insecurely = openid.allowInsecureRequests;

let app: TestApp;
let issuer: URL;
let service: TestService;
let resource: TestResource;
let user: TestUser;

beforeAll(async () => {
  const port = await freePort();
  issuer = new URL(`http://127.0.0.1:${port}`);
  app = await startTestApp({ settings: { PORT: String(port), ISSUER_URL: issuer.origin } });
  const oauth = new OAuth(app);
  service = await oauth.service(['tokens:exchange', 'resources:read']);
  resource = await oauth.resource();
  user = await app.createUser();
  await oauth.grant(resource, 'service', service.id, ['read']);
  await oauth.grant(resource, 'user', user.id, ['read', 'write']);
});
afterAll(() => app.close());

/** The private key as the libraries take it, with the id under which its other half is registered. */
async function privateKey() {
  const jwk = service.key.export({ format: 'jwk' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return {
    key: await crypto.subtle.importKey('jwk', { ...jwk }, algorithm, false, ['sign']),
    kid: 'key-1',
  };
}

describe.each([
  ['client_secret_basic', () => openid.ClientSecretBasic(service.secret)],
  ['client_secret_post', () => openid.ClientSecretPost(service.secret)],
  ['private_key_jwt', async () => openid.PrivateKeyJwt(await privateKey())],
])('openid-client with %s', (_, authentication) => {
  let config: openid.Configuration;
  beforeAll(async () => {
    config = await openid.discovery(issuer, service.id, undefined, await authentication(), {
      algorithm: 'oauth2',
      execute: [insecurely],
    });
  });

  it('configures itself, gets a token, asks about it and revokes it', async () => {
    const own = await openid.clientCredentialsGrant(config);
    expect(own).toMatchObject({ token_type: 'bearer', scope: 'resources:read tokens:exchange' });
    const token = await openid.clientCredentialsGrant(config, {
      resource: resource.identifier,
      scope: 'read',
    });
    expect(claimsOf(token.access_token)).toMatchObject({
      iss: issuer.origin,
      aud: resource.identifier,
      sub: service.id,
    });
    const view = await openid.tokenIntrospection(config, token.access_token);
    expect(view).toMatchObject({ active: true, scope: 'read', client_id: service.id });
    await openid.tokenRevocation(config, token.access_token);
    const after = await openid.tokenIntrospection(config, token.access_token);
    expect(after).toEqual({ active: false });
  });

  it('exchanges the token of a person, to act for them', async () => {
    const token = await openid.genericGrantRequest(config, EXCHANGE, {
      subject_token: user.token,
      subject_token_type: ACCESS_TOKEN,
      resource: resource.identifier,
    });
    expect(token['issued_token_type']).toBe(ACCESS_TOKEN);
    expect(claimsOf(token.access_token)).toMatchObject({
      sub: user.id,
      scope: 'read write',
      act: { sub: service.id },
    });
  });

  it('understands a refusal', async () => {
    const refused = openid.clientCredentialsGrant(config, { resource: 'https://nowhere.example' });
    await expect(refused).rejects.toMatchObject({ error: 'invalid_target', status: 400 });
  });
});

describe('openid-client', () => {
  it('exchanges for a person without a secret, as a public client', async () => {
    const config = await openid.discovery(issuer, 'signet', undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [insecurely],
    });
    const token = await openid.genericGrantRequest(config, EXCHANGE, {
      subject_token: user.token,
      subject_token_type: ACCESS_TOKEN,
      resource: resource.identifier,
    });
    expect(claimsOf(token.access_token)).toMatchObject({ sub: user.id, client_id: 'signet' });
  });

  it('understands that a client is not known', async () => {
    const config = await openid.discovery(
      issuer,
      service.id,
      undefined,
      openid.ClientSecretBasic('wrong'),
      { algorithm: 'oauth2', execute: [insecurely] },
    );
    await expect(openid.clientCredentialsGrant(config)).rejects.toMatchObject({
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'signet' } }],
    });
  });
});

describe('oauth4webapi', () => {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as above
  const insecure = { [oauth4webapi.allowInsecureRequests]: true };
  const client = () => ({ client_id: service.id });
  let server: oauth4webapi.AuthorizationServer;
  beforeAll(async () => {
    const options = { algorithm: 'oauth2', ...insecure } as const;
    const response = await oauth4webapi.discoveryRequest(issuer, options);
    server = await oauth4webapi.processDiscoveryResponse(issuer, response);
  });

  it.each([
    ['client_secret_basic', () => oauth4webapi.ClientSecretBasic(service.secret)],
    ['client_secret_post', () => oauth4webapi.ClientSecretPost(service.secret)],
    ['private_key_jwt', async () => oauth4webapi.PrivateKeyJwt(await privateKey())],
  ])('gets, introspects and revokes with %s', async (_, way) => {
    const authentication = await way();
    const parameters = { resource: resource.identifier };
    const issued = await oauth4webapi.processClientCredentialsResponse(
      server,
      client(),
      await oauth4webapi.clientCredentialsGrantRequest(
        server,
        client(),
        authentication,
        parameters,
        insecure,
      ),
    );
    const { access_token: token } = issued;
    const introspect = async () =>
      oauth4webapi.processIntrospectionResponse(
        server,
        client(),
        await oauth4webapi.introspectionRequest(server, client(), authentication, token, insecure),
      );
    expect(await introspect()).toMatchObject({ active: true, aud: resource.identifier });
    const revoked = await oauth4webapi.revocationRequest(
      server,
      client(),
      authentication,
      token,
      insecure,
    );
    await oauth4webapi.processRevocationResponse(revoked);
    expect(await introspect()).toEqual({ active: false });
  });

  it('exchanges, and validates what comes of it by RFC 9068', async () => {
    const response = await oauth4webapi.genericTokenEndpointRequest(
      server,
      client(),
      oauth4webapi.ClientSecretBasic(service.secret),
      EXCHANGE,
      {
        subject_token: user.token,
        subject_token_type: ACCESS_TOKEN,
        resource: resource.identifier,
      },
      insecure,
    );
    const { access_token: token } = await oauth4webapi.processGenericTokenEndpointResponse(
      server,
      client(),
      response,
    );
    const request = () =>
      new Request(resource.identifier, { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth4webapi.validateJwtAccessToken(
      server,
      request(),
      resource.identifier,
      insecure,
    );
    expect(claims).toMatchObject({ sub: user.id, client_id: service.id, scope: 'read write' });
    await expect(
      oauth4webapi.validateJwtAccessToken(server, request(), issuer.origin, insecure),
    ).rejects.toThrow();
  });
});

describe('the metadata (RFC 8414)', () => {
  const read = (headers: Record<string, string> = {}) =>
    app.api('GET', `/${METADATA_PATH}`, { headers });

  it('say what is offered, exactly', async () => {
    const at = (path: string) => `${issuer.origin}/${path}`;
    const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    const algorithms = ['ES256', 'ES384', 'RS256', 'PS256'];
    const { scopes_supported: scopes, ...rest } = (await read()).body as {
      scopes_supported: string[];
    };
    expect(scopes).toContain('users:read');
    expect(rest).toEqual({
      issuer: issuer.origin,
      token_endpoint: at('oauth/token'),
      introspection_endpoint: at('oauth/introspect'),
      revocation_endpoint: at('oauth/revoke'),
      jwks_uri: at('.well-known/jwks.json'),
      status_list_aggregation_endpoint: at('v1/status-lists'),
      revocation_digest_endpoint: at('v1/status-lists/digest'),
      service_documentation: at('docs'),
      grant_types_supported: ['client_credentials', EXCHANGE],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: [...methods, 'none'],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_methods_supported: [...methods, 'Bearer'],
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    });
  });

  it('name addresses that are there', async () => {
    const metadata = (await read()).body as Record<string, unknown>;
    for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint'])
      expect((await fetch(String(metadata[name]))).status).toBe(405); // they take POST
    for (const name of ['jwks_uri', 'service_documentation'])
      expect((await fetch(String(metadata[name]))).status).toBe(200);
  });

  it('can be kept by others, and asked for again cheaply', async () => {
    const first = await read();
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    const again = await read({ 'if-none-match': first.headers.get('etag') ?? '' });
    expect([again.status, again.body]).toEqual([304, undefined]);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
  });

  it('come with the database down', async () => {
    const own = await startTestApp();
    try {
      await own.nest.get(Database).dataSource.destroy();
      expect((await own.api('GET', `/${METADATA_PATH}`)).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('of an issuer with a path are where RFC 8414 3.1 looks for them, too', async () => {
    const nested = `${issuer.origin}/teams/auth`;
    const own = await startTestApp({ settings: { ISSUER_URL: nested, SWAGGER: 'off' } });
    try {
      const direct = await own.api('GET', `/${METADATA_PATH}`);
      expect(direct.body).toMatchObject({
        issuer: nested,
        token_endpoint: `${nested}/oauth/token`,
      });
      expect(direct.body).not.toHaveProperty('service_documentation');
      const path = `/${METADATA_PATH}/teams/auth`;
      expect((await own.api('GET', path)).body).toEqual(direct.body);
      expect((await own.api('GET', `${path}?x=1`)).body).toEqual(direct.body);
      expect((await own.api('POST', path)).status).toBe(405);
      for (const wrong of [`${path}/`, `${path}x`, `/${METADATA_PATH}/teams`])
        expect((await own.api('GET', wrong)).status).toBe(404);
      // As a client finds it, whose requests a proxy hands on.
      const config = await openid.discovery(new URL(nested), service.id, undefined, undefined, {
        algorithm: 'oauth2',
        execute: [insecurely],
        [openid.customFetch]: (url, options) =>
          fetch(url.replace(issuer.origin, own.url), options as RequestInit),
      });
      expect(config.serverMetadata().issuer).toBe(nested);
    } finally {
      await own.close();
    }
    expect((await app.api('GET', `/${METADATA_PATH}/auth`, { conform: false })).status).toBe(404);
  });
});
