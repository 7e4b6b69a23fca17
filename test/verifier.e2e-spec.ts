import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createVerifier } from '../packages/verifier/src/verifier.js';
import type { Verifier } from '../packages/verifier/src/verifier.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';

// The package for consumers beside a running Signet: what its keys go through, as a service sees it.

const MINUTE = 60_000;

let app: TestApp;
let verifier: Verifier;
let fetches: number;
beforeEach(async () => {
  app = await startTestApp();
  fetches = 0;
  const { issuer } = app.settings;
  verifier = createVerifier({
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    audience: issuer,
    allowHttp: true,
    clock: { now: () => app.clock.now(), monotonic: () => app.clock.monotonic() },
    // The issuer of the tests is a name that no resolver knows.
    fetch: (url, init) => {
      fetches++;
      return fetch(url.replace(issuer, app.url), init);
    },
  });
});
afterEach(() => app.close());

const signIn = async () => {
  const { username, password } = await app.admin();
  return (await app.login(username, password)).access_token;
};
const changeKeys = async (path: string) => {
  const { token } = await app.admin();
  return app.api('POST', `/v1/keys/${path}`, { token });
};

describe('a consumer', () => {
  it('reads what a token of Signet says', async () => {
    const { id } = await app.admin();
    expect(await verifier.verify(await signIn(), { roles: ['admin'] })).toMatchObject({
      sub: id,
      isService: false,
      clientId: 'signet',
      scope: expect.any(Set),
      amr: ['pwd'],
    });
  });

  it('refuses no good token over a rotation, though it fetches keys by their age only', async () => {
    const before = await signIn();
    await verifier.verify(before);
    app.clock.advance(6 * MINUTE); // the next key is old enough to sign
    expect((await changeKeys('rotate')).status).toBeLessThan(300);
    const after = await signIn();
    const kids = new Set([before, after].map((token) => token.split('.')[0]));
    expect(kids.size).toBe(2); // two keys signed
    for (const token of [after, before, after]) await verifier.verify(token);
    expect(fetches).toBe(2);
  });

  it('refuses what a compromised key signed, as soon as its own set is too old', async () => {
    const token = await signIn();
    await verifier.verify(token);
    app.clock.advance(MINUTE);
    const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
    const { kid } = JSON.parse(header) as { kid: string };
    expect((await changeKeys(`${kid}/compromise`)).status).toBeLessThan(300);
    await verifier.verify(token); // nothing in the token or the set tells
    app.clock.advance(4 * MINUTE);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unknown_key' });
    await verifier.verify(await signIn());
  });
});
