import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyRing } from '../../src/keys/key-ring.js';
import { CONSUMER_LIBRARIES } from '../../src/resources/consumer-config/templates.js';
import { FLASK, LIBRARIES, WEAK } from './consumer.js';
import type { Consumer } from './consumer.js';
import { AUDIENCE, Scene } from './scene.js';
import { badTokens, decode } from './tokens.js';

/** An introspection endpoint that takes everybody's word. */
class EveryTokenIsActive {
  private readonly server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('content-type', 'application/json').end('{"active":true}');
    });
  });

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get address(): string {
    const { port } = this.server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}/`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('docs/migrating.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/migrating.md'), 'utf8');
  const namesIn = (sentence: RegExp) =>
    [...(sentence.exec(text)?.[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name).sort();

  it('says which of the printed configurations are run here, and which are not', () => {
    const run = LIBRARIES.map(({ name }) => name).sort();
    const others = CONSUMER_LIBRARIES.filter((name) => !run.includes(name)).sort();
    expect(namesIn(/tests run what `consumer-config` prints for (.*?), in each/s)).toEqual(run);
    expect(namesIn(/What is printed for (.*?) is only parsed/s)).toEqual(others);
  });
});

const everyTokenIsActive = new EveryTokenIsActive();
beforeAll(() => everyTokenIsActive.listen());
afterAll(() => {
  everyTokenIsActive.close();
});

describe.each(['ES256', 'ES384', 'RS256', 'PS256'])('tokens signed with %s', (algorithm) => {
  let scene: Scene;
  let good: string;
  let bad: Readonly<Record<string, string>>;

  beforeAll(async () => {
    scene = await Scene.build(algorithm);
    good = await scene.token();
    bad = await badTokens(good, scene.app.nest.get(KeyRing).active);
  }, 60_000);
  afterAll(() => scene.close());

  it('are what the libraries below get', () => {
    expect(decode(good, 0)).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
    expect(decode(good, 1)).toMatchObject({ aud: AUDIENCE, scope: 'read', sub: scene.user.id });
  });

  it('would be forged with success where they are only decoded', async () => {
    const weak = await scene.start(WEAK);
    try {
      for (const [what, token] of Object.entries(bad)) {
        expect({ what, status: await weak.statusOf(token) }).toEqual({ what, status: 200 });
      }
    } finally {
      await weak.stop();
    }
  });

  describe.each(LIBRARIES)('at $name, configured as Signet prints', (library) => {
    let consumer: Consumer;
    beforeAll(async () => {
      consumer = await scene.start(library);
    }, 30_000);
    afterAll(() => consumer.stop());

    const isUnknown = library.unknown?.includes(algorithm) === true;

    it(isUnknown ? 'are refused: it does not know the algorithm' : 'are accepted', async () => {
      expect(await consumer.statusOf(good)).toBe(isUnknown ? 401 : 200);
    });

    it('are refused when anything is wrong with them', async () => {
      for (const [what, token] of Object.entries(bad)) {
        expect({ what, status: await consumer.statusOf(token) }).toEqual({ what, status: 401 });
      }
    });

    it('are refused when they are for Signet itself, or no tokens', async () => {
      for (const token of [scene.user.token, scene.user.refreshToken, 'garbage', 'a.b.c']) {
        expect(await consumer.statusOf(token)).toBe(401);
      }
    });

    // Signet calls none of them active, which hides what the library lets through by itself.
    it('are refused just so by what is printed alone, whatever introspection says', async () => {
      const gullible = await scene.startAsking(everyTokenIsActive.address, library);
      try {
        expect(await gullible.statusOf(good)).toBe(isUnknown ? 401 : 200);
        const others = { 'for Signet itself': scene.user.token };
        for (const [what, token] of Object.entries({ ...bad, ...others })) {
          expect({ what, status: await gullible.statusOf(token) }).toEqual({ what, status: 401 });
        }
      } finally {
        await gullible.stop();
      }
    });

    it('are refused once they are revoked', async () => {
      const { username, password } = scene.user;
      const session = await scene.app.login(username, password);
      const token = await scene.token(session.access_token);
      if (!isUnknown) expect(await consumer.statusOf(token)).toBe(200);
      const logout = await scene.app.api('POST', '/v1/auth/logout', {
        token: session.access_token,
      });
      expect(logout.status).toBe(204);
      expect(await consumer.statusOf(token)).toBe(401);
    });
  });

  it('are what Flask asks for before a view runs, whatever the method', async () => {
    const consumer = await scene.start(FLASK);
    try {
      expect(await consumer.withoutToken('GET')).toEqual({ status: 401, runs: [] });
      expect(await consumer.withoutToken('OPTIONS')).toEqual({ status: 200, runs: [] });
    } finally {
      await consumer.stop();
    }
  });
});
