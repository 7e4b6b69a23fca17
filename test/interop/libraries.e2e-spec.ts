import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyRing } from '../../src/keys/key-ring.js';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { freePort } from '../support/process.js';
import { Consumer, LIBRARIES, WEAK } from './consumer.js';
import type { Library } from './consumer.js';
import { badTokens, decode } from './tokens.js';

const AUDIENCE = 'https://billing.example.com';
/** Inside the repository, so that the programs find its packages. */
const FOLDER = join(import.meta.dirname, '../../.test-results');

/** A resource that teams protect, somebody who may read it, and a service that asks about its tokens. */
class Scene {
  constructor(
    readonly app: TestApp,
    readonly resourceId: string,
    readonly user: TestUser,
    readonly environment: Readonly<Record<string, string>>,
    readonly folder: string,
  ) {}

  static async build(algorithm: string): Promise<Scene> {
    const port = await freePort();
    const app = await startTestApp({
      settings: {
        SIGNING_ALGORITHM: algorithm,
        PORT: `${port}`,
        ISSUER_URL: `http://127.0.0.1:${port}`,
      },
    });
    const { token } = await app.admin();
    const make = async (path: string, body: object) => {
      const answer = await app.api('POST', path, { token, body });
      expect({ path, status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
      return answer.body as Record<string, string>;
    };
    const service = await make('/v1/service-accounts', { name: 'billing', roles: [] });
    const credential = await make(`/v1/service-accounts/${service['id'] ?? ''}/credentials`, {
      type: 'secret',
      label: 'billing',
    });
    const resource = await make('/v1/resources', {
      identifier: AUDIENCE,
      name: 'Billing',
      actions: ['read', 'deploy'],
      ownerId: service['id'],
    });
    const user = await app.createUser();
    const grants = `/v1/resources/${resource['id'] ?? ''}/grants`;
    await make(grants, { principal: { type: 'user', id: user.id }, actions: ['read'] });
    mkdirSync(FOLDER, { recursive: true });
    return new Scene(
      app,
      resource['id'] ?? '',
      user,
      {
        SIGNET_CLIENT_ID: service['id'] ?? '',
        SIGNET_CLIENT_SECRET: credential['secret'] ?? '',
      },
      mkdtempSync(join(FOLDER, 'interop-')),
    );
  }

  /** A token of the user's for the resource, got as their front end would. */
  async token(subjectToken = this.user.token, resource = AUDIENCE): Promise<string> {
    const response = await fetch(`${this.app.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource,
      }),
    });
    const body = (await response.json()) as { access_token?: string };
    expect({ status: response.status, body }).toMatchObject({ status: 200 });
    return body.access_token ?? '';
  }

  async start(library: Library): Promise<Consumer> {
    if (library === WEAK) return this.run(library, { filename: 'none', code: '' });
    const { token } = await this.app.admin();
    const path = `/v1/resources/${this.resourceId}/consumer-config?for=${library.name}`;
    const { status, body } = await this.app.api('GET', path, { token });
    expect(status).toBe(200);
    return this.run(library, body as { filename: string; code: string });
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.app.close();
  }

  private run(library: Library, config: { filename: string; code: string }): Promise<Consumer> {
    return Consumer.start(library, config, this.folder, this.environment);
  }
}

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
});
