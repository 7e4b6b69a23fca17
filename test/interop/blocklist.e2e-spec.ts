import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { claimsOf } from '../support/oauth.js';
import { RedisServer } from '../support/redis-server.js';
import type { Consumer } from './consumer.js';
import { Scene } from './scene.js';

// Signet says every 15 seconds that all is told.
jest.setTimeout(60_000);

const DOCUMENT = join(import.meta.dirname, '../../docs/for-consumers.md');

/** The Python of the document that begins with these words. */
function codeOf(begin: string): string {
  const blocks = readFileSync(DOCUMENT, 'utf8').matchAll(/^```python\n(.*?)^```$/gms);
  const found = [...blocks].find(([, code = '']) => code.startsWith(`"""${begin}`));
  return found?.[1] ?? '';
}

describe.each(['a database', 'Redis'])('the blocklist in docs/for-consumers.md, in %s', (where) => {
  let scene: Scene;
  let consumer: Consumer;
  let redis: RedisServer | undefined;

  beforeAll(async () => {
    if (where === 'Redis') {
      redis = await RedisServer.create();
      if (redis === undefined) throw new Error('redis-server is not installed');
    }
    scene = await Scene.build('ES256');
    await scene.letFollow();
    const file = (name: string) => join(scene.folder, name);
    writeFileSync(file('signet_blocklist.py'), codeOf('signet_blocklist.py'));
    writeFileSync(file('app.py'), codeOf('app.py'));
    // What was revoked before anybody followed must be known as well.
    before = await tokenOfSession();
    await endSession(before.session);
    consumer = await scene.start(
      { name: 'flask-jwt-extended', harness: 'flask_blocklist.py' },
      {
        SIGNET_ISSUER: scene.app.url,
        BLOCKLIST_MODULE: file('signet_blocklist.py'),
        BLOCKLIST_APP: file('app.py'),
        ...(where === 'a database'
          ? { BLOCKLIST_DATABASE: file('blocklist.db') }
          : { BLOCKLIST_REDIS: redis?.url() ?? '' }),
      },
    );
  });
  afterAll(async () => {
    await consumer.stop();
    await scene.close();
    await redis?.close();
  });

  let before: { session: string; token: string };

  const tokenOfSession = async () => {
    const { username, password } = scene.user;
    const { access_token: session } = await scene.app.login(username, password);
    return { session, token: await scene.token(session) };
  };
  const endSession = async (session: string) => {
    const { status } = await scene.app.api('POST', '/v1/auth/logout', { token: session });
    expect(status).toBe(204);
  };
  /** Waits until a token gets that answer. */
  const becomes = async (token: string, status: number, seconds: number) => {
    const giveUpAt = performance.now() + seconds * 1000;
    let found = await consumer.statusOf(token);
    while (found !== status && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      found = await consumer.statusOf(token);
    }
    expect(found).toBe(status);
  };

  it('says 503 until it knows all, then takes good tokens and refuses those from before', async () => {
    const { token } = await tokenOfSession();
    expect(await consumer.statusOf(token)).toBe(503);
    await becomes(token, 200, 30);
    expect(await consumer.statusOf(before.token)).toBe(401);
  });

  it('refuses the tokens of a session that ends, and no others', async () => {
    const [one, other] = [await tokenOfSession(), await tokenOfSession()];
    await becomes(one.token, 200, 30);
    await endSession(one.session);
    await becomes(one.token, 401, 5);
    expect(await consumer.statusOf(other.token)).toBe(200);
  });

  it('refuses a single token', async () => {
    const { session } = await tokenOfSession();
    const [one, other] = [await scene.token(session), await scene.token(session)];
    await becomes(one, 200, 30);
    const body = new URLSearchParams({ token: one });
    const headers = { authorization: `Bearer ${session}` };
    const { status } = await fetch(`${scene.app.url}/oauth/revoke`, {
      method: 'POST',
      headers,
      body,
    });
    expect(status).toBe(200);
    await becomes(one, 401, 5);
    expect(await consumer.statusOf(other)).toBe(200);
  });

  it('refuses everything of a principal up to a version, and nothing later', async () => {
    const { token } = await tokenOfSession();
    await becomes(token, 200, 30);
    const { token: admin } = await scene.app.admin();
    const path = `/v1/users/${claimsOf(token).sub}/roles`;
    for (const roles of [['editor'], []]) {
      const answer = await scene.app.api('PUT', path, { token: admin, body: { roles } });
      expect(answer.status).toBe(200);
    }
    await becomes(token, 401, 5);
    await becomes((await tokenOfSession()).token, 200, 5);
  });
});
