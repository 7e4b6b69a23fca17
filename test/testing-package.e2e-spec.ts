import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { liveTokens, probeService, startMockIssuer } from '../packages/testing/src/index.js';
import type { LiveOptions, MockIssuer, ProbeReport } from '../packages/testing/src/index.js';
import { authenticate, requires } from '../packages/verifier/src/adapters/express.js';
import { createVerifier, introspection } from '../packages/verifier/src/index.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { OAuth, claimsOf } from './support/oauth.js';
import type { TestResource, TestService } from './support/oauth.js';
import { freePort } from './support/process.js';

let app: TestApp;
let oauth: OAuth;
beforeAll(async () => {
  const port = await freePort();
  const ISSUER_URL = `http://127.0.0.1:${port}`;
  app = await startTestApp({ settings: { PORT: `${port}`, ISSUER_URL, SWAGGER: 'off' } });
  oauth = new OAuth(app);
});
afterAll(() => app.close());

/** What may differ from one answer to the next. */
const OF_THE_MOMENT = new Set(['date', 'etag', 'content-length', 'keep-alive']);
/** Of the server that runs it, not of what is served. */
const OF_THE_SERVER =
  /^(?:connection|transfer-encoding|vary|x-|content-security|cross-origin|origin-agent|referrer|strict-transport|access-control-expose)/;

const headersOf = ({ headers }: Response) =>
  Object.fromEntries(
    [...headers].filter(([name]) => !OF_THE_MOMENT.has(name) && !OF_THE_SERVER.test(name)),
  );

describe('the mock issuer of packages/testing', () => {
  let mock: MockIssuer;
  beforeAll(async () => {
    mock = await startMockIssuer({ clients: { notes: 'secret' } });
  });
  afterAll(() => mock.close());

  it.each(['/.well-known/jwks.json', '/.well-known/oauth-authorization-server'])(
    'serves %s as Signet does',
    async (path) => {
      const [theirs, ours] = [await fetch(app.url + path), await fetch(mock.issuer + path)];
      expect(headersOf(ours)).toEqual(headersOf(theirs));
      const [etag = '', mockEtag = ''] = [theirs, ours].map(
        ({ headers }) => headers.get('etag') ?? '',
      );
      expect(mockEtag).toMatch(/^"[\w-]{22}"$/);
      expect(etag).toHaveLength(mockEtag.length);
      const again = { headers: { 'if-none-match': mockEtag } };
      expect((await fetch(mock.issuer + path, again)).status).toBe(304);
    },
  );

  it('offers what Signet offers', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const theirs = await (await fetch(app.url + path)).text();
    const ours = await (await fetch(mock.issuer + path)).text();
    expect(JSON.parse(ours.replaceAll(mock.issuer, app.settings.issuer))).toEqual(
      JSON.parse(theirs),
    );
  });

  it('publishes keys of the same members', async () => {
    const { keys } = (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as {
      keys: object[];
    };
    const members = (list: readonly object[]) => list.map((key) => Object.keys(key));
    expect(members(mock.jwks.keys)).toEqual(members(keys));
  });

  describe('at /oauth', () => {
    let service: TestService;
    let resource: TestResource;
    beforeAll(async () => {
      service = await oauth.service(['tokens:introspect', 'tokens:exchange']);
      resource = await oauth.resource();
      await oauth.grant(resource, 'service', service.id, ['read']);
    });

    /** The same request at both; the ids and secrets are each one's own. */
    async function ask(path: string, form: (of: 'signet' | 'mock') => Record<string, string>) {
      const post = (base: string, id: string, secret: string, body: Record<string, string>) =>
        fetch(`${base}/oauth/${path}`, {
          method: 'POST',
          headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
          body: new URLSearchParams(body),
        });
      return [
        await post(app.url, service.id, service.secret, form('signet')),
        await post(mock.issuer, 'notes', 'secret', form('mock')),
      ] as const;
    }

    async function expectAlike([theirs, ours]: readonly [Response, Response]) {
      const [a, b] = [await theirs.json(), await ours.json()] as [object, object];
      expect(ours.status).toBe(theirs.status);
      expect(headersOf(ours)).toEqual(headersOf(theirs));
      expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
      return [a, b] as const;
    }

    it('gives tokens alike', async () => {
      const form = {
        grant_type: 'client_credentials',
        resource: resource.identifier,
        scope: 'read',
      };
      const [theirs, ours] = await expectAlike(await ask('token', () => form));
      const claims = [theirs, ours].map((body) =>
        claimsOf((body as { access_token: string }).access_token),
      );
      expect(Object.keys(claims[1] ?? {})).toEqual(Object.keys(claims[0] ?? {}));
      const same = { ...theirs, access_token: expect.any(String) };
      expect(ours).toEqual(same);
    });

    it.each(['person', 'service'])("exchanges a person's token alike, for a %s", async (who) => {
      const user = await app.createUser();
      await oauth.grant(resource, 'user', user.id, ['read']);
      const form = (of: 'signet' | 'mock') => ({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: of === 'signet' ? user.token : mock.token(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: resource.identifier,
        scope: 'read',
      });
      const anonymous = (base: string, body: Record<string, string>) =>
        fetch(`${base}/oauth/token`, { method: 'POST', body: new URLSearchParams(body) });
      const answers =
        who === 'service'
          ? await ask('token', form)
          : ([
              await anonymous(app.url, form('signet')),
              await anonymous(mock.issuer, form('mock')),
            ] as const);
      const bodies = await expectAlike(answers);
      const [theirs, ours] = bodies.map((body) =>
        claimsOf((body as { access_token: string }).access_token),
      );
      expect(Object.keys(ours ?? {})).toEqual(Object.keys(theirs ?? {}));
      expect(ours?.client_id === 'signet').toBe(theirs?.client_id === 'signet');
      expect(ours?.act === undefined).toBe(theirs?.act === undefined);
    });

    it('tells of tokens alike', async () => {
      const user = await app.createUser();
      const kinds = [
        { signet: user.token, mock: mock.token() },
        { signet: user.refreshToken, mock: mock.refreshToken() },
        { signet: 'garbage', mock: 'garbage' },
        { signet: mock.token(), mock: mock.unknownKey() },
      ];
      for (const kind of kinds)
        await expectAlike(await ask('introspect', (of) => ({ token: kind[of] })));
    });

    it('revokes alike', async () => {
      const [theirs, ours] = await ask('revoke', () => ({ token: 'garbage' }));
      expect([ours.status, await ours.text()]).toEqual([theirs.status, await theirs.text()]);
      expect(headersOf(ours)).toEqual(headersOf(theirs));
    });

    it.each([
      ['without a client', 'introspect', { token: 'x' }],
      ['by another grant', 'token', { grant_type: 'password' }],
    ])('errs alike %s', async (_, path, form) => {
      const init = { method: 'POST', body: new URLSearchParams(Object.entries(form)) };
      const send = (base: string) => fetch(`${base}/oauth/${path}`, init);
      const [theirs, ours] = await expectAlike([await send(app.url), await send(mock.issuer)]);
      expect(ours).toMatchObject({ error: (theirs as { error: string }).error });
    });

    it('takes no JSON', async () => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', body: '{"token":"x"}', headers };
      for (const base of [app.url, mock.issuer])
        expect((await fetch(`${base}/oauth/introspect`, init)).status).toBe(415);
    });
  });
});

describe('the probe of packages/testing, with tokens of this Signet', () => {
  let service: TestService;
  let resource: TestResource;
  const servers: Server[] = [];
  beforeAll(async () => {
    service = await oauth.service();
    resource = await oauth.resource({ ownerId: service.id });
    await oauth.grant(resource, 'service', service.id, ['read']);
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A service of the resource, which asks Signet about revocations unless it is careless. */
  async function serve(isCareless = false): Promise<string> {
    const { issuer } = app.settings;
    const verifier = createVerifier({
      issuer,
      audience: resource.identifier,
      ...(isCareless
        ? {}
        : {
            revocation: introspection({
              issuer,
              clientId: service.id,
              clientSecret: service.secret,
              cacheFor: 1,
            }),
          }),
    });
    const api = express();
    api.use(authenticate(verifier));
    api.get('/', requires({ scopes: ['read'] }), (_, response) => void response.json([]));
    const server = createServer(api);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on a port
  }

  const probe = async (url: string, options: Partial<LiveOptions> = {}) =>
    probeService({
      url,
      revocationBound: 3,
      tokens: await liveTokens({
        issuer: app.settings.issuer,
        clientId: service.id,
        clientSecret: service.secret,
        resource: resource.identifier,
        scope: 'read',
        ...options,
      }),
    });

  const names = ({ results }: ProbeReport, outcome: string) =>
    results.filter((result) => result.outcome === outcome).map(({ name }) => name);

  it('finds nothing wrong with a careful service', async () => {
    const { refreshToken } = await app.createUser();
    const report = await probe(await serve(), { refreshToken });
    expect(names(report, 'failed')).toEqual([]);
    const never = ['notYetValid', 'wrongIssuer', 'withoutType', 'nextKey'];
    expect(names(report, 'untested').sort()).toEqual([...never, 'expired'].sort());
    expect(report.results.find(({ name }) => name === 'revoked')?.detail).toMatch(
      /^answered 401 to the token [0-2]\.\d s after its revocation$/,
    );
  });

  it('finds that a careless one takes revoked tokens', async () => {
    expect(names(await probe(await serve(true)), 'failed')).toEqual(['revoked']);
  });

  it('shows it a token of another resource', async () => {
    const other = await oauth.resource();
    await oauth.grant(other, 'service', service.id, ['read']);
    const report = await probe(await serve(), { otherResource: other.identifier });
    expect(names(report, 'passed')).toContain('wrongAudience');
  });

  it('waits for the end of a token where the resource keeps them short', async () => {
    const short = await oauth.resource({ tokenTtl: 60 });
    await oauth.grant(short, 'service', service.id, ['read']);
    let waited = 0;
    const tokens = await liveTokens({
      issuer: app.settings.issuer,
      clientId: service.id,
      clientSecret: service.secret,
      resource: short.identifier,
      maxWait: 120,
      sleep: (seconds) => {
        waited = seconds;
        app.clock.advance(seconds * 1000);
        return Promise.resolve();
      },
    });
    const [expired] = await tokens.bad('expired');
    expect(waited).toBe(120);
    expect(await oauth.isActive(service, expired?.token ?? '')).toBe(false);
    expect(await oauth.isActive(service, await tokens.good())).toBe(true);
  });
});
