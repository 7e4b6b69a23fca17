import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceUnavailable } from '../../src/platform/http/problems.js';
import { InvalidClient } from '../../src/service-accounts/service-accounts.errors.js';
import { startTestApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { ASSERTION_TYPE, assertionOf, authenticate, newClientKey } from '../support/clients.js';
import type { ClientKey } from '../support/clients.js';
import { dialect } from '../support/databases.js';
import { KeyServer } from '../support/key-server.js';

const COOLDOWN = 30_000;
/** Failures of one credential from one source. */
const FAILURES_MAX = 3;
const MAX_AGE = 600_000;
const KEPT_FOR = 3_600_000;

/** Keys that a client publishes itself, from where the operator said. */
describe(`the keys of a client at an address, on ${dialect}`, () => {
  let app: TestApp;
  let listed: KeyServer;
  let unlisted: KeyServer;
  let accountId: string;
  let key: ClientKey;
  let count = 0;

  beforeAll(async () => {
    [listed, unlisted] = [await KeyServer.start(), await KeyServer.start()];
    app = await startTestApp({
      settings: {
        CLIENT_JWKS_ORIGINS: listed.origin,
        LOGIN_ATTEMPTS_PER_PAIR: String(FAILURES_MAX),
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await listed.close();
    await unlisted.close();
  });
  beforeEach(async () => {
    const { body } = await post('', { name: `remote-${++count}` });
    accountId = (body as { id: string }).id;
    key = newClientKey();
    listed.publish([key.jwk]);
    listed.requests.length = 0;
  });
  afterEach(() => {
    expect(unlisted.requests).toEqual([]);
  });

  async function post(path: string, body: object) {
    const { token } = await app.admin();
    return app.api('POST', `/v1/service-accounts${path}`, { token, body });
  }

  const register = (jwksUri: string) =>
    post(`/${accountId}/credentials`, { type: 'public-key', jwksUri });

  /** Registers an address of its own, since what was fetched before is remembered by address. */
  async function registered(): Promise<void> {
    expect((await register(`${listed.origin}/${accountId}`)).status).toBe(201);
  }

  const attempt = async (by: ClientKey, header: object = {}) =>
    authenticate(app, {
      client_assertion: await assertionOf(app, accountId, by, {}, header),
      client_assertion_type: ASSERTION_TYPE,
    }).then(
      ({ id }) => id,
      (error: unknown) => {
        if (error instanceof InvalidClient) return 'refused';
        if (error instanceof ServiceUnavailable) return 'unavailable';
        throw error;
      },
    );

  it('are fetched when they are needed, and once', async () => {
    await registered();
    expect(listed.requests).toEqual([]);
    const attempts = await Promise.all(Array.from({ length: 10 }, () => attempt(key)));
    expect(new Set(attempts)).toEqual(new Set([accountId]));
    expect(await attempt(key, { kid: undefined })).toBe(accountId);
    expect(listed.requests).toEqual([`/${accountId}`]);
  });

  it('are asked for again for a kid that is new, and not for every one that somebody makes up', async () => {
    await registered();
    expect(await attempt(key)).toBe(accountId);
    const next = newClientKey();
    listed.publish([key.jwk, next.jwk]);
    app.clock.advance(COOLDOWN);
    expect(await attempt(next)).toBe(accountId);
    expect(listed.requests).toHaveLength(2);
    for (let i = 0; i < 20; i++) expect(await attempt(newClientKey())).toBe('refused');
    expect(listed.requests).toHaveLength(2);
    app.clock.advance(COOLDOWN);
    for (let i = 0; i < 20; i++) expect(await attempt(newClientKey())).toBe('refused');
    expect(listed.requests).toHaveLength(3);
    expect(await attempt(key)).toBe(accountId);
  });

  it('are no keys any more some time after they were taken out', async () => {
    await registered();
    expect(await attempt(key)).toBe(accountId);
    listed.publish([]);
    app.clock.advance(MAX_AGE - 1000);
    expect(await attempt(key)).toBe(accountId);
    app.clock.advance(1000);
    expect(await attempt(key)).toBe('refused');
  });

  it('are kept for a while when the address does not answer, and come back with it', async () => {
    await registered();
    expect(await attempt(key)).toBe(accountId);
    listed.send('', 503);
    app.clock.advance(MAX_AGE);
    expect(await attempt(key)).toBe(accountId);
    expect(await attempt(key)).toBe(accountId);
    expect(listed.requests).toHaveLength(2);
    app.clock.advance(KEPT_FOR - 1000);
    expect(await attempt(key)).toBe(accountId);
    app.clock.advance(1000);
    expect(await attempt(key)).toBe('unavailable');
    listed.publish([key.jwk]);
    app.clock.advance(COOLDOWN);
    expect(await attempt(key)).toBe(accountId);
  });

  it('that were taken out end once the address says so, however long it did not answer', async () => {
    await registered();
    expect(await attempt(key)).toBe(accountId);
    listed.send('', 503);
    app.clock.advance(MAX_AGE);
    expect(await attempt(key)).toBe(accountId);
    listed.publish([]);
    app.clock.advance(COOLDOWN);
    expect(await attempt(key)).toBe('refused');
  });

  it('that are new may be there while the address does not answer: nobody knows', async () => {
    await registered();
    expect(await attempt(key)).toBe(accountId);
    const next = newClientKey();
    listed.send('', 503);
    app.clock.advance(COOLDOWN);
    expect(await attempt(next)).toBe('unavailable');
    expect(await attempt(key)).toBe(accountId);
    listed.publish([key.jwk, next.jwk]);
    app.clock.advance(COOLDOWN);
    expect(await attempt(next)).toBe(accountId);
    expect(await attempt(newClientKey())).toBe('refused');
  });

  it('at one address do not stand in the way of those at another', async () => {
    const [down, up] = [`/${accountId}/down`, `/${accountId}/up`];
    for (const path of [down, up, down])
      expect((await register(`${listed.origin}${path}`)).status).toBe(201);
    listed.answer = ({ url }, response) =>
      url === up
        ? response.writeHead(200).end(JSON.stringify({ keys: [key.jwk] }))
        : response.writeHead(503).end();
    expect(await attempt(key)).toBe(accountId);
    // Both were asked by now: one does not have it, the other does not say.
    expect(await attempt(newClientKey())).toBe('unavailable');
  });

  it('that cannot be fetched are no failure of the client: 503, neither counted nor audited', async () => {
    await registered();
    const ask = async (by: ClientKey) =>
      app.api('POST', '/oauth/token', {
        form: {
          grant_type: 'client_credentials',
          client_assertion: await assertionOf(app, accountId, by),
          client_assertion_type: ASSERTION_TYPE,
        },
      });
    listed.send('', 503);
    for (let i = 0; i <= FAILURES_MAX; i++) {
      const { status, headers, body } = await ask(key);
      expect([status, body]).toMatchObject([
        503,
        { error: 'temporarily_unavailable', code: 'service_unavailable' },
      ]);
      expect(Number(headers.get('retry-after'))).toBe(COOLDOWN / 1000);
    }
    expect(listed.requests).toHaveLength(1);
    app.clock.advance(COOLDOWN - 5000);
    expect((await ask(key)).headers.get('retry-after')).toBe('5');
    const failures = async () => {
      const { token } = await app.admin();
      const path = `/v1/audit?action=client.authentication_failed&targetId=${accountId}`;
      return ((await app.api('GET', path, { token })).body as { items: object[] }).items.length;
    };
    expect(await failures()).toBe(0);
    listed.publish([key.jwk]);
    app.clock.advance(5000);
    expect((await ask(key)).status).toBe(200);
    // A key that is not there is still one.
    expect((await ask(newClientKey())).body).toMatchObject({ error: 'invalid_client' });
    expect(await failures()).toBe(1);
  });

  it('may stand among others of strange kinds', async () => {
    await registered();
    listed.publish([
      { kty: 'OKP', crv: 'X25519', x: 'AAAA', kid: 'a' },
      { kty: 'oct', k: 'c2VjcmV0', kid: key.kid },
      { kty: 'EC', crv: 'P-521', kid: 'b' },
      { kty: 'EC', crv: 'P-256', x: '!', y: '?', kid: key.kid },
      'key',
      { ...key.jwk, use: 'enc', kid: 'c' },
      key.jwk,
    ]);
    expect(await attempt(key)).toBe(accountId);
  });

  it.each([
    [
      'a redirect to an unlisted host',
      () => {
        listed.send('', 302, { location: `${unlisted.origin}/keys` });
      },
    ],
    [
      'a redirect to itself',
      () => {
        listed.send('', 307, { location: '/keys' });
      },
    ],
    [
      'an error with keys',
      () => {
        listed.send(JSON.stringify({ keys: [key.jwk] }), 500);
      },
    ],
    [
      'nothing',
      () => {
        listed.send('');
      },
    ],
    [
      'no JSON',
      () => {
        listed.send('<keys>');
      },
    ],
    [
      'no set',
      () => {
        listed.send(JSON.stringify([key.jwk]));
      },
    ],
    [
      'keys that are no list',
      () => {
        listed.send(JSON.stringify({ keys: { 0: key.jwk } }));
      },
    ],
    [
      'too much',
      () => {
        listed.send(JSON.stringify({ keys: [key.jwk], pad: 'a'.repeat(70_000) }));
      },
    ],
    [
      'too much, and it does not say so',
      () => {
        listed.answer = (_request, response) => {
          response.writeHead(200);
          response.write(`{"keys":[${JSON.stringify(key.jwk)}],"pad":"`);
          const timer = setInterval(() => response.write('a'.repeat(10_000)), 1);
          response.on('close', () => {
            clearInterval(timer);
          });
        };
      },
    ],
    [
      'a broken connection',
      () => {
        listed.answer = (request) => request.socket.destroy();
      },
    ],
  ])('are not taken from %s', async (_, answer) => {
    await registered();
    answer();
    expect(await attempt(key)).toBe('unavailable');
    expect(listed.requests).toHaveLength(1);
    expect(app.logs.at(-1)).toContain('The keys of a client cannot be fetched');
  });

  it('are given up when they do not come', async () => {
    await registered();
    listed.answer = (_request, response) => {
      response.writeHead(200).write('{"keys":[');
    };
    const started = performance.now();
    expect(await attempt(key)).toBe('unavailable');
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(2500);
    expect(took).toBeLessThan(6000);
  });

  it('cannot be registered where the operator did not say, nor elsewhere', async () => {
    for (const jwksUri of [
      `${unlisted.origin}/keys`,
      listed.origin.replace('127.0.0.1', 'localhost'),
      `${listed.origin.replace('http', 'https')}/keys`,
      `${listed.origin}@${new URL(unlisted.origin).host}/keys`,
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
    ]) {
      expect([jwksUri, (await register(jwksUri)).body]).toMatchObject([
        jwksUri,
        { status: 400, errors: [{ pointer: '/jwksUri' }] },
      ]);
    }
  });

  it('are not fetched when the operator does not list the address any more', async () => {
    await registered();
    await app.database.execute(
      'UPDATE service_credentials SET jwks_uri = ? WHERE service_account_id = ?',
      [`${unlisted.origin}/keys`, accountId],
    );
    unlisted.publish([key.jwk]);
    expect(await attempt(key)).toBe('refused');
    await sleep(50);
    expect(listed.requests).toEqual([]);
  });
});
